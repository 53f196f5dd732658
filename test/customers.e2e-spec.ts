import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

describe('Customers', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  it('are listed newest first, those of the own organization only', async () => {
    const [here, there] = [await world.organization(), await world.organization()];
    const first = await customer(here, { createdAt: '2026-01-01T00:00:00Z' });
    const second = await customer(here, { createdAt: '2026-01-02T00:00:00Z' });
    await customer(there);
    const { body } = await here.get('/customers').expect(200);
    expect(ids(body)).toEqual([second, first]);
    expect(body.pagination).toEqual({ limit: 50, nextCursor: null });
  });

  it('show what is known of them', async () => {
    const fields = { platform: 'zalo', externalId: 'z-7', displayName: 'Trần Thị Linh', email: 'linh@example.com' };
    const id = await customer(acme, fields);
    const { body } = await acme.get(`/customers/${id}`).expect(200);
    expect(body.data).toEqual({
      ...{ id, ...fields, nickName: null, avatarUrl: null, phone: null, note: null },
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
  });

  it('are paged by a cursor that neither repeats nor skips, also among those of the same moment', async () => {
    const here = await world.organization();
    for (let count = 0; count < 5; count += 1) await customer(here, { createdAt: '2026-01-01T00:00:00Z' });
    const { body: all } = await here.get('/customers').expect(200);
    const { body: first } = await here.get('/customers?limit=2').expect(200);
    await customer(here);
    const { body: second } = await here.get(`/customers?limit=2&cursor=${first.pagination.nextCursor}`).expect(200);
    const { body: third } = await here.get(`/customers?limit=2&cursor=${second.pagination.nextCursor}`).expect(200);
    expect([first, second, third].flatMap(ids)).toEqual(ids(all));
    expect(third.pagination.nextCursor).toBeNull();
  });

  it("stay their own organization's under another organization's cursor", async () => {
    const [here, there] = [await world.organization(), await world.organization()];
    for (const organization of [here, there, here, there]) await customer(organization);
    const { body: first } = await here.get('/customers?limit=1').expect(200);
    const { body } = await there.get(`/customers?cursor=${first.pagination.nextCursor}`).expect(200);
    const { body: own } = await there.get('/customers').expect(200);
    expect(ids(own)).toEqual(expect.arrayContaining(ids(body)));
  });

  it('refuse a cursor that was never given out', async () => {
    const { body } = await acme.get('/customers?cursor=nonsense').expect(422);
    expect(body.error.details).toEqual([{ path: 'cursor', message: expect.any(String) }]);
  });

  it('are filtered by platform', async () => {
    const here = await world.organization();
    const zalo = await customer(here, { platform: 'zalo' });
    await customer(here, { platform: 'facebook' });
    const { body } = await here.get('/customers?platform=zalo').expect(200);
    expect(ids(body)).toEqual([zalo]);
    await here.get('/customers?platform=telegram').expect(422);
  });

  it.each([
    ['displayName', 'Nguyễn VĂN An', 'văn'],
    ['nickName', 'Anh Ba', 'anh b'],
    ['externalId', 'PSID-4711', 'psid-47'],
    ['email', 'an@example.com', 'AN@EX'],
    ['phone', '+84 912 345 678', '912 3'],
  ])("are found by %s, whatever the case, and nobody else's", async (field, value, search) => {
    const [here, there] = [await world.organization(), await world.organization()];
    const id = await customer(here, { [field]: value });
    await customer(here, { displayName: 'Somebody else' });
    await customer(there, { [field]: value });
    const { body } = await here.get(`/customers?search=${encodeURIComponent(search)}`).expect(200);
    expect(ids(body)).toEqual([id]);
  });

  it.each(['%', '_', '\\'])('are searched for %s as it is written', async (sign) => {
    const here = await world.organization();
    const id = await customer(here, { nickName: `a${sign}b` });
    await customer(here, { nickName: 'axb' });
    const { body } = await here.get(`/customers?search=${encodeURIComponent(`a${sign}b`)}`).expect(200);
    expect(ids(body)).toEqual([id]);
  });

  it('go on being searched on the next page', async () => {
    const here = await world.organization();
    const [first, second] = [await customer(here, { nickName: 'VIP 1' }), await customer(here, { nickName: 'VIP 2' })];
    await customer(here);
    const { body: page } = await here.get('/customers?search=vip&limit=1').expect(200);
    const { body: next } = await here.get(`/customers?search=vip&limit=1&cursor=${page.pagination.nextCursor}`);
    expect([page, next].flatMap(ids)).toEqual([second, first]);
  });

  it('can be changed', async () => {
    const id = await customer(acme);
    const fields = { nickName: 'Chị Linh', email: 'linh@example.com', phone: '0912345678', note: 'Prefers mornings' };
    const { body } = await acme.patch(`/customers/${id}`, fields).expect(200);
    expect(body.data).toMatchObject({ id, ...fields });
  });

  it('keep what is left out, and forget what is null', async () => {
    const id = await customer(acme, { nickName: 'Linh', phone: '0912' });
    const { body } = await acme.patch(`/customers/${id}`, { phone: null }).expect(200);
    expect(body.data).toMatchObject({ nickName: 'Linh', phone: null });
  });

  it('say in the audit log who changed what', async () => {
    const id = await customer(acme, { nickName: 'Before' });
    await acme.patch(`/customers/${id}`, { nickName: 'After' }).expect(200);
    const { body } = await acme.get('/audit-logs?action=customer.updated').expect(200);
    const entry = body.data.find(({ targetId }: { targetId: string }) => targetId === id);
    expect(entry.changes).toEqual({ nickName: { from: 'Before', to: 'After' } });
    expect(entry.actor.id).toBe(acme.admin.user.id);
  });

  it('refuse fields that are not theirs to change', async () => {
    const id = await customer(acme, { externalId: 'fixed' });
    const { body } = await acme.patch(`/customers/${id}`, { externalId: 'other', orgId: rival.id }).expect(422);
    expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual(['externalId', 'orgId']);
  });

  it('refuse an address that is none', async () => {
    const id = await customer(acme);
    await acme.patch(`/customers/${id}`, { email: 'not an address' }).expect(422);
  });

  it('are hidden from another organization, exactly like one that does not exist', async () => {
    const id = await customer(acme);
    const foreign = await rival.get(`/customers/${id}`).expect(404);
    const nobodys = await rival.get(`/customers/${uuidv7()}`).expect(404);
    expect(withoutRequestId(foreign.body)).toEqual(withoutRequestId(nobodys.body));
  });

  it('cannot be changed by another organization', async () => {
    const id = await customer(acme, { nickName: 'Ours' });
    await rival.patch(`/customers/${id}`, { nickName: 'Theirs' }).expect(404);
    const { body } = await acme.get(`/customers/${id}`).expect(200);
    expect(body.data.nickName).toBe('Ours');
  });

  it('are not there by an id that cannot be one', async () => {
    await acme.get('/customers/not-an-id').expect(404);
  });

  it('are read and changed by agents', async () => {
    const agent = await acme.as('agent');
    const id = await customer(acme);
    await agent.get(`/customers/${id}`).expect(200);
    await agent.patch(`/customers/${id}`, { note: 'called back' }).expect(200);
  });

  it('are only read with a key that may only read', async () => {
    const [key, id] = [await acme.withKey(['customers:read']), await customer(acme)];
    await key.get(`/customers/${id}`).expect(200);
    await key.patch(`/customers/${id}`, { note: 'x' }).expect(403);
  });

  it('are shown to nobody without a credential', async () => {
    await world.anonymous.get('/customers').expect(401);
  });

  /** As an inbound message makes them. */
  async function customer({ id: orgId }: TestOrganization, fields: Record<string, string> = {}): Promise<string> {
    const id = uuidv7();
    const row = { orgId, id, platform: 'facebook', externalId: id, ...fields };
    const columns = Object.keys(row).map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
    const places = columns.map((_, index) => `$${index + 1}`);
    await world.database.rows(
      `INSERT INTO customers (${columns.join()}) VALUES (${places.join()})`,
      Object.values(row),
    );
    return id;
  }
});

function ids(body: { data: { id: string }[] }): string[] {
  return body.data.map(({ id }) => id);
}

function withoutRequestId({ error }: { error: { requestId: string } }): object {
  return { ...error, requestId: null };
}
