import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const CUSTOMER = '7301554468';
const MESSAGES = 40;
const SECOND = 1_000;

interface Kept {
  id: string;
  mid: string | null;
  text: string | null;
  direction: string;
  status: string;
  isRead: boolean;
  createdAt: string;
}

/** The same numbers in every run, so that a failure can be seen again. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function shuffled<T>(items: T[], random: (below: number) => number): T[] {
  return items
    .map((item) => ({ item, place: random(2 ** 31) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

describe('One conversation to which everything happens at once', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  // Whole seconds, several messages to each: ties are the rule, as on platforms that tell no milliseconds.
  const start = Math.floor(Date.now() / SECOND) * SECOND - 3_600 * SECOND;
  const timeOf = (index: number) => start + Math.floor(index / 4) * SECOND;
  const midOf = (index: number) => `m_${index}`;
  const readUntil = timeOf(MESSAGES / 2);
  const deliveredUntil = timeOf((MESSAGES * 3) / 4);

  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const isEcho = (index: number) => index % 3 === 0;
  const isEdited = (index: number) => index % 5 === 0;
  const isDeleted = (index: number) => index % 7 === 0;

  /** Everything that a provider tells of one conversation, in no order yet. */
  const eventsOf = (page: string): object[] => {
    const fromPage = (index: number) => ({
      sender: { id: page },
      recipient: { id: CUSTOMER },
      timestamp: timeOf(index),
    });
    const about = (index: number, fields: object) => ({ ...fromCustomer(page, CUSTOMER, timeOf(index)), ...fields });
    return Array.from({ length: MESSAGES }, (_, index) => {
      const mid = midOf(index);
      const message = { mid, text: `text ${index}` };
      return [
        isEcho(index)
          ? { ...fromPage(index), message: { ...message, is_echo: true } }
          : about(index, { message: { ...message } }),
        ...(isEdited(index)
          ? [1, 2, 3].map((revision) =>
              about(index, { message_edit: { mid, text: `edit ${revision} of ${index}`, num_edit: revision } }),
            )
          : []),
        ...(isDeleted(index) ? [about(index, { message: { mid, is_deleted: true } })] : []),
        about(index, { reaction: { mid, action: 'react', emoji: '❤' } }),
        about(index, { delivery: { watermark: Math.min(timeOf(index), deliveredUntil) } }),
        about(index, { read: { watermark: Math.min(timeOf(index), readUntil) } }),
      ];
    }).flat();
  };

  /** Bodies of one to four events, in no order, every event in two of them. */
  const bodiesOf = (page: string, random: (below: number) => number): object[] => {
    const events = eventsOf(page);
    const told = [...shuffled(events, random), ...shuffled(events, random)];
    const bodies: object[] = [];
    while (told.length > 0) bodies.push(pageBody(page, told.splice(0, 1 + random(4))));
    return bodies;
  };

  const conversationIn = async (organization: TestOrganization, page: string) => {
    const { body } = await organization.get(`/conversations?oaId=${page}`).expect(200);
    expect(body.data).toHaveLength(1);
    return body.data[0];
  };

  /** What people do meanwhile. */
  const work = async (organization: TestOrganization, page: string, index: number): Promise<void> => {
    const { body } = await organization.get(`/conversations?oaId=${page}`).expect(200);
    if (body.data.length === 0) return;
    const path = `/conversations/${body.data[0].id}`;
    if (index % 3 === 0) await organization.post(`${path}/read`).expect(200);
    else if (index % 3 === 1)
      await organization.post(`${path}/messages`, { text: `ours ${index}`, clientMessageId: `c${index}` }).expect(202);
    else await organization.patch(path, { status: 'resolved', nickName: `Chị ${index}` }).expect(200);
  };

  /** Twelve at a time, as a busy provider would. */
  const inParallel = async (tasks: (() => Promise<unknown>)[]): Promise<void> => {
    const worker = async () => {
      for (let task = tasks.pop(); task; task = tasks.pop()) await task();
    };
    await Promise.all(Array.from({ length: 12 }, worker));
  };

  const messagesIn = (page: string) =>
    world.database.rows<Kept>(
      `SELECT id, provider_message_id AS mid, text, direction, status, is_read AS "isRead",
         to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt"
       FROM messages WHERE oa_id = $1 ORDER BY created_at DESC, id DESC`,
      [page],
    );

  const expectedText = (index: number): string | null => {
    if (isDeleted(index)) return null;
    return isEdited(index) ? `edit 3 of ${index}` : `text ${index}`;
  };
  const expectedStatus = (index: number): string => {
    if (!isEcho(index)) return 'delivered';
    if (timeOf(index) <= readUntil) return 'read';
    return timeOf(index) <= deliveredUntil ? 'delivered' : 'sent';
  };

  it.each([1, 2, 3])(
    'ends as if everything had come in order: unread count, last message, texts, status (%i)',
    async (seed) => {
      const random = numbersFrom(seed);
      const pages = [await acme.page(), await rival.page()] as const;
      const owners = [acme, rival] as const;
      const tasks = [0, 1].flatMap((side) => {
        const [page, owner] = [pages[side], owners[side]];
        if (page === undefined || owner === undefined) return [];
        const posts = bodiesOf(page, random).map((body) => () => world.facebook.post(body).expect(200));
        return [...posts, ...Array.from({ length: 24 }, (_, index) => () => work(owner, page, index))];
      });
      await inParallel(shuffled(tasks, random));

      for (const [side, page] of pages.entries()) {
        const conversation = await conversationIn(side === 0 ? acme : rival, page);
        const messages = await messagesIn(page);
        const unread = messages.filter(({ direction, isRead }) => direction === 'in' && !isRead);
        expect(conversation.unreadCount).toBe(unread.length);
        const [newest] = messages;
        const { text, direction, createdAt } = newest ?? {};
        expect(conversation.lastMessage).toEqual({ text, direction, createdAt });

        const told = messages.filter(({ mid }) => mid !== null);
        expect(told.map(({ mid }) => mid).toSorted()).toEqual(
          Array.from({ length: MESSAGES }, (_, index) => midOf(index)).toSorted(),
        );
        for (const { mid, ...kept } of told) {
          const index = Number(mid?.slice(2));
          expect({ mid, text: kept.text, status: kept.status }).toEqual({
            mid,
            text: expectedText(index),
            status: expectedStatus(index),
          });
        }
        const waiting = await world.database.rows('SELECT FROM channel_events WHERE awaited_message_id IS NOT NULL');
        expect(waiting).toEqual([]);
      }
    },
    60_000,
  );

  it('shows of two messages of one moment, kept at once, the one that is listed above the other', async () => {
    const pages = await Promise.all(Array.from({ length: 10 }, () => acme.page()));
    const at = start;
    for (const page of pages) {
      await world.facebook.text(page, CUSTOMER, 'earlier', at - SECOND);
      await Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => world.facebook.text(page, CUSTOMER, text, at)));
      const [newest] = await messagesIn(page);
      expect((await conversationIn(acme, page)).lastMessage.text).toBe(newest?.text);
    }
  });
});
