import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from './support/client.js';
import { eventually } from './support/eventually.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

describe('Assignment', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ RUN_JOBS: 'true' });
  });
  afterAll(() => world.stop());

  const organization = async (assignment: string): Promise<TestOrganization> => {
    const acme = await world.organization();
    await acme.patch('/organizations/current', { settings: { assignment } }).expect(200);
    return acme;
  };
  const agentsOf = async (acme: TestOrganization, count: number): Promise<Client[]> =>
    Promise.all(Array.from({ length: count }, () => acme.as('agent')));
  const assigneeOf = async (acme: TestOrganization, id: string): Promise<string | null> =>
    (await acme.get(`/conversations/${id}`).expect(200)).body.data.assigneeId;
  /** Whom it is given to, once it is. */
  const taker = async (acme: TestOrganization, id: string): Promise<string> =>
    String(
      await eventually(
        () => assigneeOf(acme, id),
        (assigneeId) => assigneeId !== null,
      ),
    );
  /** Until no job is left that could still change something. */
  const settled = (): Promise<object[]> =>
    eventually(
      () => world.database.rows(`SELECT FROM graphile_worker.jobs WHERE task_identifier = 'follow'`),
      (jobs) => jobs.length === 0,
    );
  /** Customers who write to one page at the same time; the ids of their conversations. */
  const crowd = async (acme: TestOrganization, count: number): Promise<string[]> => {
    const page = await acme.page();
    const customers = Array.from({ length: count }, () => String(randomInt(1e12, 9e13)));
    await Promise.all(customers.map((customer) => world.facebook.text(page, customer, 'Xin chào')));
    const { body } = await acme.get(`/conversations?oaId=${page}`).expect(200);
    return body.data.map(({ id }: { id: string }) => id);
  };
  const counted = (ids: string[]) =>
    ids.reduce((by, id) => by.set(id, (by.get(id) ?? 0) + 1), new Map<string, number>());

  it('is by hand where the organization says nothing else', async () => {
    for (const acme of [await world.organization(), await organization('manual')]) {
      await acme.as('agent');
      const { id } = await acme.conversation();
      await settled();
      expect(await assigneeOf(acme, id)).toBeNull();
    }
  });

  it.each(['Round robin', '', null, 7, ['manual']])('is not set to %j', async (assignment) => {
    const acme = await world.organization();
    const settings = { assignment };
    for (const refused of [
      acme.patch('/organizations/current', { settings }),
      world.superAdmin.patch(`/organizations/${acme.id}`, { settings }),
      world.superAdmin.put(`/organizations/${acme.id}`, { settings }),
      world.superAdmin.post('/organizations', { name: `x-${acme.name}`, settings }),
    ])
      expect((await refused.expect(422)).body.error.details[0].path).toBe('settings.assignment');
  });

  it('goes round among the active agents, and nobody else', async () => {
    const acme = await organization('round_robin');
    const agents = await agentsOf(acme, 3);
    const gone = await acme.as('agent');
    await acme.as('manager');
    await acme.delete(`/users/${gone.user.id}`).expect(200);
    const takers: string[] = [];
    for (let round = 0; round < 6; round += 1) takers.push(await taker(acme, (await acme.conversation()).id));
    expect(new Set(takers.slice(0, 3))).toEqual(new Set(agents.map(({ user }) => user.id)));
    expect(takers.slice(3)).toEqual(takers.slice(0, 3));
  });

  it('goes round evenly where many come at once, and several nodes hand them out', async () => {
    const acme = await organization('round_robin');
    await agentsOf(acme, 3);
    const other = await world.node();
    const takers = await Promise.all((await crowd(acme, 12)).map((id) => taker(acme, id)));
    await other.close();
    expect([...counted(takers).values()]).toEqual([4, 4, 4]);
  });

  it('waits for the only agent where many come at once', async () => {
    const acme = await organization('least_busy');
    const [agent] = await agentsOf(acme, 1);
    const takers = await Promise.all((await crowd(acme, 5)).map((id) => taker(acme, id)));
    expect([...counted(takers)]).toEqual([[agent?.user.id, 5]]);
  });

  it('goes to whoever has the fewest open conversations', async () => {
    const acme = await organization('least_busy');
    const [idle, busy] = await agentsOf(acme, 2);
    const first = await taker(acme, (await acme.conversation()).id);
    const [one, other] = first === idle?.user.id ? [idle, busy] : [busy, idle];
    const second = (await acme.conversation()).id;
    expect(await taker(acme, second)).toBe(other?.user.id);
    await acme.patch(`/conversations/${second}`, { status: 'resolved' }).expect(200);
    expect(await taker(acme, (await acme.conversation()).id)).toBe(other?.user.id);
    await acme.patch(`/conversations/${second}`, { assigneeId: one?.user.id }).expect(200);
    expect(await taker(acme, (await acme.conversation()).id)).toBe(one?.user.id);
  });

  it('is told to the audit log and the timeline as what Polydesk did', async () => {
    const acme = await organization('round_robin');
    const [agent] = await agentsOf(acme, 1);
    const { id } = await acme.conversation();
    await taker(acme, id);
    const { body } = await acme.get('/audit-logs?action=conversation.updated').expect(200);
    const changes = { assigneeId: { from: null, to: agent?.user.id } };
    expect(body.data).toMatchObject([{ actor: { type: 'system' }, targetId: id, changes }]);
    const timeline = await acme.get(`/conversations/${id}/timeline`).expect(200);
    expect(timeline.body.data).toMatchObject([{ kind: 'assigned', actor: { type: 'system' } }]);
  });

  it('leaves a conversation to nobody where there is no agent, until a customer writes and there is one', async () => {
    const acme = await organization('round_robin');
    const { id, oaId, customerId } = await acme.conversation();
    await settled();
    expect(await assigneeOf(acme, id)).toBeNull();
    const [agent] = await agentsOf(acme, 1);
    await world.facebook.text(oaId, customerId, 'Anybody there?');
    expect(await taker(acme, id)).toBe(agent?.user.id);
  });

  it('leaves alone what is pending, and takes it when it opens', async () => {
    const acme = await organization('round_robin');
    const { id } = await acme.conversation();
    await settled();
    await acme.patch(`/conversations/${id}`, { status: 'pending' }).expect(200);
    await agentsOf(acme, 1);
    await settled();
    expect(await assigneeOf(acme, id)).toBeNull();
    await acme.patch(`/conversations/${id}`, { status: 'open' }).expect(200);
    await taker(acme, id);
  });

  it('leaves to nobody what a person took from somebody', async () => {
    const acme = await organization('round_robin');
    await agentsOf(acme, 2);
    const { id } = await acme.conversation();
    await taker(acme, id);
    await acme.patch(`/conversations/${id}`, { assigneeId: null }).expect(200);
    await settled();
    expect(await assigneeOf(acme, id)).toBeNull();
  });

  it('never takes a conversation from somebody', async () => {
    const acme = await organization('round_robin');
    await agentsOf(acme, 2);
    const { id, oaId, customerId } = await acme.conversation();
    const first = await taker(acme, id);
    await acme.patch(`/conversations/${id}`, { status: 'resolved' }).expect(200);
    await world.facebook.text(oaId, customerId, 'One more thing');
    await settled();
    expect(await assigneeOf(acme, id)).toBe(first);
  });

  it('ends with the user: what they had and was not done belongs to nobody', async () => {
    const acme = await world.organization();
    const [agent] = await agentsOf(acme, 1);
    const assigneeId = agent?.user.id;
    const ids = [(await acme.conversation()).id, (await acme.conversation()).id, (await acme.conversation()).id];
    const [open, snoozed, done] = ids;
    for (const id of ids) await acme.patch(`/conversations/${id}`, { assigneeId }).expect(200);
    await acme.patch(`/conversations/${snoozed}`, { status: 'snoozed' }).expect(200);
    await acme.patch(`/conversations/${done}`, { status: 'resolved' }).expect(200);
    await acme.delete(`/users/${assigneeId}`).expect(200);
    const left = await Promise.all([open, snoozed, done].map((id) => assigneeOf(acme, id ?? '')));
    expect(left).toEqual([null, null, assigneeId]);
    const { body } = await acme.get(`/conversations/${open}/timeline`).expect(200);
    expect(body.data[0]).toMatchObject({ kind: 'unassigned', actor: { type: 'user' } });
  });

  it('hands on what a user had who is deactivated', async () => {
    const acme = await organization('round_robin');
    const [one, other] = await agentsOf(acme, 2);
    const { id } = await acme.conversation();
    const first = await taker(acme, id);
    await acme.delete(`/users/${first}`).expect(200);
    expect(await taker(acme, id)).toBe(first === one?.user.id ? other?.user.id : one?.user.id);
  });

  it('gives no conversation to a user of another organization', async () => {
    const [acme, rival] = [await organization('least_busy'), await organization('least_busy')];
    const [agent] = await agentsOf(acme, 1);
    const { id } = await rival.conversation();
    const mine = await acme.conversation();
    expect(await taker(acme, mine.id)).toBe(agent?.user.id);
    await settled();
    expect(await assigneeOf(rival, id)).toBeNull();
  });
});
