import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { facebookChannel } from '../src/channels/facebook/facebook.channel.js';
import type { DeskPage } from '../src/providers/accounts.js';
import { eventually } from './support/eventually.js';
import { Desk } from './support/providers.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const SECOND = 1_000;
const PACE = facebookChannel.messagesPerSecond;

describe('A page', () => {
  let desk: Desk;
  let world: World;
  let acme: TestOrganization;
  beforeAll(async () => {
    desk = await Desk.start();
    world = await World.start({ ...desk.settings, RUN_JOBS: 'true' });
    desk.pointAt(world.url);
    acme = await world.organization();
  });
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  async function connected(): Promise<DeskPage> {
    const page = desk.facebookPage({ isSubscribed: true });
    const { oaId, accessToken, name } = page;
    await acme.post('/integrations', { platform: 'facebook', oaId, accessToken, name }).expect(201);
    return page;
  }

  /** Conversations with so many customers of the page. */
  async function talks({ oaId }: DeskPage, count: number): Promise<string[]> {
    for (let number = 0; number < count; number += 1)
      await desk.customer('facebook', oaId, String(randomInt(1e12, 9e13))).writes('Xin chào');
    const { body } = await acme.get(`/conversations?oaId=${oaId}`).expect(200);
    return body.data.map(({ id }: { id: string }) => id);
  }

  const answer = (id: string, text: string) => acme.post(`/conversations/${id}/messages`, { text }).expect(202);

  it('sends no faster than its platform takes it, over all its conversations, and holds up no other page', async () => {
    const [busy, idle] = [await connected(), await connected()];
    const ids = await talks(busy, 5);
    const [other = ''] = await talks(idle, 1);
    const count = 3 * PACE + 5;
    await Promise.all(Array.from({ length: count }, (_, number) => answer(ids[number % 5] ?? '', `answer ${number}`)));
    await answer(other, 'meanwhile');
    const sent = await eventually(
      () => desk.sent(busy.oaId),
      ({ length }) => length === count,
      20 * SECOND,
    );
    const times = sent.map(({ at }) => at.getTime()).toSorted((one, next) => one - next);
    // A second's worth may go at once; all that comes after it goes at the pace.
    const mostIn = (ms: number) =>
      Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));
    expect(mostIn(SECOND)).toBeLessThanOrEqual(2 * PACE + 2);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1.8 * SECOND);
    const [meanwhile] = desk.sent(idle.oaId);
    expect(meanwhile?.at.getTime()).toBeLessThan(times.at(-1) ?? 0);
  }, 40_000);
});
