import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const MESSAGES = 50_000;

describe('Search', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const said = async (organization: TestOrganization, query: string): Promise<string[]> => {
    const { body } = await organization.get(`/search/messages?${query}`).expect(200);
    return body.data.map(({ text }: { text: string }) => text);
  };
  const asked = (organization: TestOrganization, q: string) => said(organization, `q=${encodeURIComponent(q)}`);
  /** A customer of the organization, as their provider would tell of them. */
  const customer = async (organization: TestOrganization, fields: Record<string, string>): Promise<string> => {
    const id = uuidv7();
    const all = { external_id: String(randomInt(1e12, 9e13)), ...fields };
    const names = Object.keys(all);
    await world.database.rows(
      `INSERT INTO customers (org_id, id, platform, ${names.join()})
       VALUES ($1, $2, 'facebook', ${names.map((_, place) => `$${place + 3}`).join()})`,
      [organization.id, id, ...Object.values(all)],
    );
    return id;
  };
  const people = async (path: string): Promise<string[]> => {
    const { body } = await acme.get(path).expect(200);
    return body.data.map(({ id }: { id: string }) => id);
  };

  describe('in messages', () => {
    it('finds all words of a message, in any order, and the beginning of the last one', async () => {
      const text = 'When will my yellow bicycle be delivered?';
      const { id } = await acme.conversation(text);
      for (const q of ['yellow bicycle', 'bicycle yellow', 'YELLOW', 'bicycle deliv', 'yel'])
        expect(await asked(acme, q)).toEqual([text]);
      for (const q of ['yellow car', 'deliv bicycle', 'llow', '...', '%']) expect(await asked(acme, q)).toEqual([]);
      const { body } = await acme.get('/search/messages?q=yellow').expect(200);
      const list = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(body.data).toEqual(list.body.data);
    });

    it('finds with and without accents, whichever way they are written', async () => {
      const text = 'Giao hàng đến Đà Nẵng được không ạ';
      await acme.conversation(text);
      for (const q of ['da nang', 'Đà Nẵng', 'ĐÀ NẴNG', 'đà nẵng'.normalize('NFD'), 'giao hang den', 'duoc kho'])
        expect(await asked(acme, q)).toEqual([text]);
      expect(await asked(acme, 'da lat')).toEqual([]);
    });

    it('finds numbers, addresses and other writing', async () => {
      const text = 'Đơn #AB-10077 của mai.tran@example.com: 注文はどこですか';
      await acme.conversation(text);
      for (const q of ['10077', 'ab-100', '#AB-10077', 'mai.tran@exam', 'example.com', '注文'])
        expect(await asked(acme, q)).toEqual([text]);
    });

    it('takes what it is asked for words, and nothing else', async () => {
      await acme.conversation('plain');
      for (const q of [`plain' OR true --`, '(((', '!plain', "'", 'a & | b', '\\', ':*', 'plain:*&', '&', '"plain'])
        await asked(acme, q);
      expect(await asked(acme, '!plain')).toEqual(['plain']);
    });

    it('finds in one conversation where it is asked to', async () => {
      const [one, other] = [await acme.conversation('a silver ring'), await acme.conversation('a silver chain')];
      expect(await asked(acme, 'silver')).toEqual(['a silver chain', 'a silver ring']);
      expect(await said(acme, `q=silver&conversationId=${one.id}`)).toEqual(['a silver ring']);
      expect(await said(acme, `q=ring&conversationId=${other.id}`)).toEqual([]);
    });

    it('comes page by page, newest first', async () => {
      const { oaId, customerId } = await acme.conversation('purple 1');
      for (const number of [2, 3, 4, 5]) await world.facebook.text(oaId, customerId, `purple ${number}`);
      const seen: string[] = [];
      for (let cursor = ''; ;) {
        const { body } = await acme.get(`/search/messages?q=purple&limit=2${cursor}`).expect(200);
        seen.push(...body.data.map(({ text }: { text: string }) => text));
        if (body.pagination.nextCursor === null) break;
        cursor = `&cursor=${body.pagination.nextCursor}`;
      }
      expect(seen).toEqual(['purple 5', 'purple 4', 'purple 3', 'purple 2', 'purple 1']);
    });

    it('finds what an agent answered, and what a message says after it was changed', async () => {
      const { id } = await acme.conversation('a question');
      const sent = await acme.post(`/conversations/${id}/messages`, { text: 'an emerald answer' }).expect(202);
      expect(await asked(acme, 'emerald')).toEqual(['an emerald answer']);
      await world.database.rows(`UPDATE messages SET text = 'a ruby answer' WHERE id = $1`, [sent.body.data.id]);
      expect(await asked(acme, 'emerald')).toEqual([]);
      expect(await asked(acme, 'ruby')).toEqual(['a ruby answer']);
    });

    it('never finds what another organization was told', async () => {
      const { id } = await acme.conversation('the secret of acme');
      const theirs = await rival.conversation('the secret of rival');
      expect(await asked(acme, 'secret')).toEqual(['the secret of acme']);
      expect(await asked(rival, 'secret')).toEqual(['the secret of rival']);
      expect(await said(rival, `q=secret&conversationId=${id}`)).toEqual([]);
      expect(await said(acme, `q=secret&conversationId=${theirs.id}`)).toEqual([]);
    });

    it.each(['', 'q=', 'q=%20', `q=${'x'.repeat(201)}`, 'q=x&conversationId=1', 'q=x&limit=0', 'q=x&cursor=x'])(
      'refuses %s',
      async (query) => {
        await acme.get(`/search/messages?${query}`).expect(422);
      },
    );

    it('is for those who may read messages', async () => {
      await (await acme.as('agent')).get('/search/messages?q=x').expect(200);
      await (await acme.withKey(['customers:read'])).get('/search/messages?q=x').expect(403);
      await (await acme.withKey(['messages:read'])).get('/search/messages?q=x').expect(200);
    });
  });

  describe('in customers', () => {
    it('finds part of a name, number or address, with and without accents', async () => {
      const id = await customer(acme, {
        display_name: 'Nguyễn Thị Đào',
        nick_name: 'The florist',
        phone: '+84901234567',
        email: 'Dao@Example.com',
      });
      for (const q of ['nguyen thi', 'Đào', 'dao', 'FLORIST', '901234', 'dao@example', 'yễn'])
        expect(await people(`/search/customers?q=${encodeURIComponent(q)}`)).toEqual([id]);
      for (const q of ['nguyenthi', 'florist 84', '%dao%', 'd_o', 'dao\\'])
        expect(await people(`/search/customers?q=${encodeURIComponent(q)}`)).toEqual([]);
    });

    it('is what the list of customers finds', async () => {
      const [one, other] = [await customer(acme, { nick_name: 'Zoë' }), await customer(acme, { nick_name: 'zoe two' })];
      expect(await people('/customers?search=ZOE')).toEqual([other, one]);
      expect(await people('/customers?search=zoe&platform=facebook')).toEqual([other, one]);
      expect(await people('/customers?search=zoe&platform=zalo')).toEqual([]);
      const { body } = await acme.get('/search/customers?q=zoe&limit=1').expect(200);
      expect(body.data.map(({ id }: { id: string }) => id)).toEqual([other]);
      expect(await people(`/search/customers?q=zoe&limit=1&cursor=${body.pagination.nextCursor}`)).toEqual([one]);
    });

    it('never finds those of another organization', async () => {
      await customer(rival, { display_name: 'Quetzal' });
      expect(await people('/search/customers?q=quetzal')).toEqual([]);
    });

    it('is for those who may read customers', async () => {
      await (await acme.withKey(['messages:read'])).get('/search/customers?q=x').expect(403);
      await (await acme.withKey(['customers:read'])).get('/search/customers?q=x').expect(200);
    });
  });

  describe('as the serving role', () => {
    let serving: pg.Client;
    beforeAll(async () => {
      await world.database.owner.query(SEED, [acme.id]);
      await world.database.owner.query('ANALYZE');
      serving = new pg.Client({ connectionString: world.database.url });
      await serving.connect();
      await serving.query(`LOAD 'auto_explain'`);
      await serving.query(`SET auto_explain.log_min_duration = 0`);
      await serving.query(`SET auto_explain.log_nested_statements = on`);
      await serving.query(`SET client_min_messages = log`);
      await serving.query('SET ROLE polydesk_app');
    }, 120_000);
    afterAll(() => serving.end());

    /** The plan of what a function asks, and what it answers with. */
    const explained = async (orgId: string, text: string, values: unknown[]) => {
      const plans: string[] = [];
      const note = ({ message = '' }: { message?: string }) => plans.push(message);
      serving.on('notice', note);
      await serving.query('BEGIN');
      await serving.query('SELECT app.set_org($1)', [orgId]);
      const { rows } = await serving.query<{ id: string }>(text, values);
      await serving.query('COMMIT');
      serving.off('notice', note);
      return { rows, plan: plans.find((plan) => plan.includes('FROM public.')) ?? '' };
    };
    const messages = 'SELECT id FROM app.found_messages($1, NULL, NULL, NULL, 51) AS id';
    const customers = 'SELECT id FROM app.found_customers($1, NULL, NULL, NULL, 51) AS id';

    it.each(['chuyen khoan 101234', 'order', '10123'])('finds %s among many messages by the index', async (q) => {
      const { rows, plan } = await explained(acme.id, messages, [q]);
      expect(rows.length).toBeGreaterThan(0);
      expect(plan).toContain('Bitmap Index Scan on messages_words_idx');
      expect(plan).toMatch(/Index Cond: \(\(org_id = 'org_\w+'::text\) AND \(app\.words_of\(text\) @@ /);
      expect(plan).not.toContain('Seq Scan');
    });

    it.each(['customer 1234', '0000123'])('finds %s among many customers by the index', async (q) => {
      const { rows, plan } = await explained(acme.id, customers, [q]);
      expect(rows.length).toBeGreaterThan(0);
      expect(plan).toContain('Bitmap Index Scan on customers_words_idx');
      expect(plan).not.toContain('Seq Scan');
    });

    it('sees one organization: whichever is bound', async () => {
      expect((await explained(rival.id, messages, ['order'])).rows).toEqual([]);
      expect((await explained(rival.id, customers, ['customer 1234'])).rows).toEqual([]);
      expect((await explained("'; nobody's", messages, ['order'])).rows).toEqual([]);
    });

    it.each([
      [messages, ['order']],
      [customers, ['customer']],
    ])('is refused where no organization is bound: %s', async (text, values) => {
      await expect(serving.query(text, values)).rejects.toThrow('no organization is bound');
    });

    it('never tells more than a page', async () => {
      const { rows } = await explained(acme.id, 'SELECT app.found_messages($1, NULL, NULL, NULL, 100000)', ['order']);
      expect(rows).toHaveLength(101);
    });

    it('takes no table, function or operator of whoever asks for its own', async () => {
      await serving.query(`SET search_path = pg_temp, public`);
      await serving.query('CREATE TEMPORARY TABLE messages AS SELECT * FROM public.messages LIMIT 0');
      expect((await explained(acme.id, messages, ['order'])).rows.length).toBeGreaterThan(0);
      await serving.query('RESET search_path');
    });
  });
});

/** Messages and customers of one organization; half of the messages say `order`. */
const SEED = `
  WITH customer AS (
    INSERT INTO customers (org_id, id, platform, external_id, display_name, phone)
    SELECT $1, gen_random_uuid(), 'facebook', 'seed-' || n, 'Customer ' || n, '+84' || 900000000 + n
    FROM generate_series(1, ${MESSAGES / 5}) n
    RETURNING org_id, id, platform, display_name
  ), conversation AS (
    INSERT INTO conversations (org_id, id, platform, oa_id, customer_id)
    SELECT org_id, gen_random_uuid(), platform, 'seed', id FROM customer
    RETURNING org_id, id, platform, oa_id
  )
  INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, text, created_at)
  SELECT c.org_id, gen_random_uuid(), c.id, c.platform, c.oa_id, 'in', 'x',
    CASE n % 2 WHEN 0 THEN 'Em muốn chuyển khoản cho đơn ' ELSE 'Where is my order ' END || 100000 + n,
    now() - n * interval '1 minute'
  FROM (SELECT *, row_number() OVER () AS place FROM conversation) c
  JOIN generate_series(1, ${MESSAGES}) n ON c.place = 1 + n % ${MESSAGES / 5}`;
