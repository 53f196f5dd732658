import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { InboxService } from '../src/modules/messages/inbox.service.js';
import { DeliveryPruning } from '../src/modules/webhook-endpoints/delivery-pruning.js';
import { WebhookFollower } from '../src/modules/webhook-events/webhook-follower.js';
import { OrgContext } from '../src/platform/context/org-context.js';
import { persistently } from './support/persistently.js';
import { PartnerServer, answer, verified as verifiedBy } from './support/partner-server.js';
import type { Told } from './support/partner-server.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

interface Partner {
  id: string;
  secret: string;
  path: string;
}

describe('What happens reaches partners', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let server: PartnerServer;
  let count = 0;
  beforeAll(async () => {
    world = await World.start({ RUN_JOBS: 'true', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32' });
    [acme, rival] = [await world.organization(), await world.organization()];
    server = await PartnerServer.start();
  });
  /** Each test hears its own endpoints only. */
  afterEach(() => world.database.rows('UPDATE webhook_endpoints SET is_active = false'));
  afterAll(async () => {
    await server.stop();
    await world.stop();
  });

  it('signed by Standard Webhooks: a message, its conversation and its customer', async () => {
    const partner = await subscribe(acme, ['message.created', 'conversation.created', 'customer.created']);
    const { id } = await acme.conversation('Xin chào');
    const told = await persistently(() => atLeast(3, partner));
    for (const each of told) expect(verified(partner, each)).toEqual(each.body);
    const { body: conversation } = await acme.get(`/conversations/${id}`).expect(200);
    const { body: messages } = await acme.get(`/conversations/${id}/messages`).expect(200);
    const { customer } = conversation.data;
    expect(byType(told, 'message.created')).toEqual([
      {
        type: 'message.created',
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        data: { ...messages.data[0], orgId: acme.id, customer },
      },
    ]);
    expect(byType(told, 'conversation.created')[0]?.data).toMatchObject({ id, orgId: acme.id, customer });
    expect(byType(told, 'customer.created')[0]?.data).toMatchObject({ id: customer.id, orgId: acme.id });
    expect(Object.keys(told[0]?.body ?? {})).toEqual(['type', 'timestamp', 'data']);
  });

  it('of the types that they asked for, in their own organization', async () => {
    const [theirs, ours] = [await subscribe(rival, ['message.created']), await subscribe(acme, ['customer.updated'])];
    const { id } = await acme.conversation();
    const { body } = await acme.get(`/conversations/${id}`).expect(200);
    await acme.patch(`/customers/${body.data.customer.id}`, { note: 'VIP' }).expect(200);
    const [told] = await persistently(() => atLeast(1, ours));
    expect(told?.body).toMatchObject({ type: 'customer.updated', data: { id: body.data.customer.id, note: 'VIP' } });
    await rival.conversation();
    const [heard] = await persistently(() => atLeast(1, theirs));
    expect(heard?.body.data['orgId']).toBe(rival.id);
    expect([of(theirs), of(ours)].map(({ length }) => length)).toEqual([1, 1]);
  });

  it('twice where the status of a conversation changed: as an update, and as that', async () => {
    const { id } = await acme.conversation();
    const partner = await subscribe(acme, ['conversation.updated', 'conversation.status_changed']);
    await acme.patch(`/conversations/${id}`, { status: 'resolved' }).expect(200);
    const told = await persistently(() => atLeast(2, partner));
    expect(byType(told, 'conversation.updated')[0]?.data).toMatchObject({ id, status: 'resolved' });
    const [changed] = byType(told, 'conversation.status_changed');
    expect(changed?.data).toMatchObject({ id, status: 'resolved', previousStatus: 'open' });
    expect(new Set(told.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  it('when an integration is connected, changed and disconnected, without its tokens', async () => {
    const partner = await subscribe(acme, ['integration.updated']);
    const page = { platform: 'facebook', oaId: '880011', name: 'Shop', accessToken: 'page-token' };
    const { body } = await acme.post('/integrations', page).expect(201);
    await acme.patch(`/integrations/${body.data.id}`, { name: 'Shop 2' }).expect(200);
    const told = await persistently(() => atLeast(2, partner));
    expect(told[0]?.body.data).toMatchObject({ id: body.data.id, oaId: '880011' });
    expect(told.map(({ raw }) => raw).join()).not.toContain('page-token');
  });

  it('once, however often the event is told of', async () => {
    const { id } = await acme.conversation();
    const partner = await subscribe(acme, ['conversation.updated']);
    const follower = world.app.get(WebhookFollower, { strict: false });
    const event = {
      ...{ id: 'e-1', name: 'conversation.updated', target: { type: 'conversation', id }, conversationId: id },
      ...{ changes: {}, occurredAt: new Date().toISOString() },
    };
    await OrgContext.runAsSystem(acme.id, 'test', async () => {
      await Promise.all([follower.follow(event), follower.follow(event)]);
      await follower.follow(event);
    });
    await persistently(() => atLeast(1, partner));
    expect(await deliveries(acme, partner)).toHaveLength(1);
  });

  it('signed with both secrets while they are rotated, and with the new one alone afterwards', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    const { body } = await acme.post(`/webhook-endpoints/${partner.id}/rotate-secret`).expect(200);
    const renewed = { ...partner, secret: body.data.secret };
    await acme.post(`/webhook-endpoints/${partner.id}/test`).expect(202);
    const [both] = await persistently(() => atLeast(1, partner));
    expect(String(both?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    for (const endpoint of [partner, renewed])
      expect(verified(endpoint, both)).toMatchObject({ type: 'endpoint.test' });
    await world.database.rows(`UPDATE webhook_endpoints SET previous_expires_at = now() WHERE id = $1`, [partner.id]);
    await acme.post(`/webhook-endpoints/${partner.id}/test`).expect(202);
    const [, alone] = await persistently(() => atLeast(2, partner));
    expect(verified(renewed, alone)).toBeTruthy();
    expect(() => verified(partner, alone)).toThrow();
  });

  it('again after a few seconds where it failed, under the same webhook-id, and is then forgiven', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    let attempts = 0;
    server.replies.set(partner.path, (told, response) => answer((attempts += 1) === 1 ? 503 : 204)(told, response));
    const { body } = await acme.post(`/webhook-endpoints/${partner.id}/test`).expect(202);
    expect(body.data).toMatchObject({ status: 'pending', attempts: 0, eventType: 'endpoint.test' });
    const failed = await persistently(async () => expectOf(await shown(partner, body.data.id), { attempts: 1 }));
    expect(failed).toMatchObject({
      ...{ status: 'pending', responseStatus: 503, error: 'It answered with status 503', deliveredAt: null },
    });
    expect(Date.parse(failed.nextAttemptAt) - Date.parse(failed.updatedAt)).toBeGreaterThan(4_500);
    expect((await endpointOf(partner)).failingSince).not.toBeNull();
    const done = await persistently(async () => expectOf(await shown(partner, body.data.id), { status: 'delivered' }));
    expect(done).toMatchObject({ attempts: 2, responseStatus: 204, error: null, nextAttemptAt: null });
    expect(of(partner).map(({ headers }) => headers['webhook-id'])).toEqual([done.eventId, done.eventId]);
    expect((await endpointOf(partner)).failingSince).toBeNull();
  });

  it('not before the receiver wants to hear again', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    server.replies.set(partner.path, answer(429, { 'retry-after': '3600' }));
    const failed = await failedTest(partner);
    expect(Date.parse(failed.nextAttemptAt) - Date.parse(failed.updatedAt)).toBeGreaterThan(3_590_000);
  });

  it('to no other address than theirs: a redirect is a failure, wherever it leads', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    server.replies.set(partner.path, answer(302, { location: `${server.url}/inside` }));
    expect(await failedTest(partner)).toMatchObject({ responseStatus: 302, error: 'It answered with status 302' });
    expect(server.told.filter(({ path }) => path === '/inside')).toEqual([]);
  });

  it('not where the name leads inside: it is refused when it is resolved', async () => {
    const inside = await World.start({ RUN_JOBS: 'true' });
    try {
      const shop = await inside.organization();
      const { port } = new URL(server.url);
      const url = `http://localhost:${port}/by-name`;
      const { body } = await shop.post('/webhook-endpoints', { url, eventTypes: ['customer.updated'] }).expect(201);
      const { body: test } = await shop.post(`/webhook-endpoints/${body.data.id}/test`).expect(202);
      const path = `/webhook-endpoints/${body.data.id}/deliveries/${test.data.id}`;
      const failed = await persistently(async () => expectOf((await shop.get(path)).body.data, { attempts: 1 }));
      expect(failed).toMatchObject({
        responseStatus: null,
        error: expect.stringContaining('not on the public internet'),
      });
      expect(JSON.stringify(failed)).not.toContain('127.0.0.1');
      expect(server.told.filter((heard) => heard.path === '/by-name')).toEqual([]);
    } finally {
      await inside.stop();
    }
  });

  it('no more once they answer 410: the endpoint is disabled, and says so', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    server.replies.set(partner.path, answer(410));
    const { body } = await acme.post(`/webhook-endpoints/${partner.id}/test`).expect(202);
    const failed = await persistently(async () => expectOf(await shown(partner, body.data.id), { status: 'failed' }));
    expect(failed).toMatchObject({ attempts: 1, responseStatus: 410, nextAttemptAt: null });
    expect(await endpointOf(partner)).toMatchObject({ isActive: false, disabledReason: 'It answered 410 Gone' });
    const { body: log } = await acme.get('/audit-logs?action=webhook_endpoint.disabled').expect(200);
    expect(log.data[0]).toMatchObject({ targetId: partner.id, actor: { type: 'system' } });
    const refused = await acme.post(`/webhook-endpoints/${partner.id}/test`).expect(409);
    expect(refused.body.error.code).toBe('endpoint_disabled');
    await acme.post(`/webhook-endpoints/${partner.id}/deliveries/${body.data.id}/replay`).expect(409);
  });

  it('no more after five failing days, but still on the fourth', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    server.replies.set(partner.path, answer(500));
    await failingFor(partner, '4 days 23 hours');
    await failedTest(partner);
    expect(await endpointOf(partner)).toMatchObject({ isActive: true });
    await failingFor(partner, '5 days 1 minute');
    await failedTest(partner);
    const endpoint = await endpointOf(partner);
    expect(endpoint).toMatchObject({ isActive: false, disabledReason: expect.stringMatching(/5 days.*status 500/) });
  });

  it('at most eight times by itself, then it is given up', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    server.replies.set(partner.path, answer(500));
    const failed = await failedTest(partner);
    for (let attempt = 2; attempt <= 8; attempt += 1) {
      await makeDue();
      await persistently(async () => expectOf(await shown(partner, failed.id), { attempts: attempt }));
    }
    expect(await shown(partner, failed.id)).toMatchObject({ status: 'failed', nextAttemptAt: null });
    expect(of(partner)).toHaveLength(8);
  });

  it('once more when a delivery is replayed, under the same webhook-id', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    const { body } = await acme.post(`/webhook-endpoints/${partner.id}/test`).expect(202);
    const path = `/webhook-endpoints/${partner.id}/deliveries/${body.data.id}`;
    await persistently(async () => expectOf(await shown(partner, body.data.id), { status: 'delivered' }));
    const replayed = await acme.post(`${path}/replay`).expect(202);
    expect(replayed.body.data).toMatchObject({ status: 'pending', attempts: 0 });
    const [first, second] = await persistently(() => atLeast(2, partner));
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.raw).toBe(first?.raw);
    await persistently(async () => expectOf(await shown(partner, body.data.id), { status: 'delivered', attempts: 1 }));
  });

  it('at once when a delivery is replayed that waits for its next attempt', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    server.replies.set(partner.path, answer(500, { 'retry-after': '3600' }));
    const { id } = await failedTest(partner);
    server.replies.set(partner.path, answer(200));
    await acme.post(`/webhook-endpoints/${partner.id}/deliveries/${id}/replay`).expect(202);
    await persistently(async () => expectOf(await shown(partner, id), { status: 'delivered' }));
    expect(of(partner)).toHaveLength(2);
  });

  it('and is written down: each delivery, newest first, by status and type, and its payload', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    const { id } = await acme.conversation();
    const { body } = await acme.get(`/conversations/${id}`).expect(200);
    await acme.patch(`/customers/${body.data.customer.id}`, { note: 'a' }).expect(200);
    await persistently(() => atLeast(1, partner));
    await acme.post(`/webhook-endpoints/${partner.id}/test`).expect(202);
    await persistently(() => atLeast(2, partner));
    const list = await persistently(async () => {
      const all = await deliveries(acme, partner, '?status=delivered');
      expect(all).toHaveLength(2);
      return all;
    });
    expect(list.map(({ eventType }) => eventType)).toEqual(['endpoint.test', 'customer.updated']);
    expect(list[0]).not.toHaveProperty('payload');
    expect(await deliveries(acme, partner, '?eventType=endpoint.test')).toHaveLength(1);
    expect(await deliveries(acme, partner, '?status=failed')).toEqual([]);
    const one = await shown(partner, String(list[1]?.['id']));
    expect(one.payload).toMatchObject({ type: 'customer.updated', data: { note: 'a' } });
    const { body: page } = await acme.get(`/webhook-endpoints/${partner.id}/deliveries?limit=1`).expect(200);
    const next = await deliveries(acme, partner, `?limit=1&cursor=${page.pagination.nextCursor}`);
    expect(next.map((row) => row['id'])).toEqual([list[1]?.['id']]);
    await acme.get(`/webhook-endpoints/${partner.id}/deliveries?status=lost`).expect(422);
  });

  it('and is forgotten after 30 days', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    const ids = [];
    for (const age of ['29 days', '31 days']) {
      const { body } = await acme.post(`/webhook-endpoints/${partner.id}/test`).expect(202);
      ids.push(body.data.id);
      await world.database.rows(`UPDATE webhook_deliveries SET created_at = now() - $1::interval WHERE id = $2`, [
        age,
        body.data.id,
      ]);
    }
    await persistently(() => atLeast(2, partner));
    await world.app.get(DeliveryPruning, { strict: false }).prune(new Date());
    expect((await deliveries(acme, partner)).map((row) => row['id'])).toEqual([ids[0]]);
  });

  it('and is forgotten with the customer whom it is about', async () => {
    const partner = await subscribe(acme, ['message.created', 'customer.created', 'customer.updated']);
    const [gone, kept] = [await acme.conversation('to be forgotten'), await acme.conversation('to be kept')];
    await persistently(() => atLeast(4, partner));
    const { body } = await acme.get(`/conversations/${gone.id}`).expect(200);
    const page = { id: body.data.integrationId, platform: 'facebook', oaId: gone.oaId };
    const { customerId: customerExternalId } = gone;
    const event = { oaId: gone.oaId, customerExternalId, occurredAt: new Date(), dedupeKey: 'withdrew' };
    await OrgContext.runAsSystem(acme.id, 'test', () =>
      world.app.get(InboxService, { strict: false }).receive(page, { kind: 'customer.withdrew', ...event }),
    );
    const left = await world.database.rows('SELECT payload FROM webhook_deliveries WHERE endpoint_id = $1', [
      partner.id,
    ]);
    expect(left).toHaveLength(2);
    expect(JSON.stringify(left)).not.toContain('to be forgotten');
    expect(JSON.stringify(left)).toContain(kept.customerId);
  });

  it('not while an endpoint is switched off', async () => {
    const partner = await subscribe(acme, ['customer.updated']);
    server.replies.set(partner.path, answer(500, { 'retry-after': '3600' }));
    const { id } = await failedTest(partner);
    await acme.patch(`/webhook-endpoints/${partner.id}`, { isActive: false }).expect(200);
    await makeDue();
    const given = await persistently(async () => expectOf(await shown(partner, id), { status: 'failed' }));
    expect(given.error).toBe('The endpoint is disabled');
    expect(of(partner)).toHaveLength(1);
  });

  async function subscribe(organization: TestOrganization, eventTypes: string[]): Promise<Partner> {
    const path = `/partner-${(count += 1)}`;
    const fields = { url: `${server.url}${path}`, eventTypes };
    const { body } = await organization.post('/webhook-endpoints', fields).expect(201);
    return { id: body.data.id, secret: body.data.secret, path };
  }

  function of({ path }: Partner): Told[] {
    return server.at(path);
  }

  function atLeast(least: number, { path }: Partner): Told[] {
    return server.at(path, least);
  }

  function byType(told: Told[], type: string) {
    return told.map(({ body }) => body).filter((body) => body.type === type);
  }

  function verified({ secret }: Partner, told: Told | undefined): unknown {
    return verifiedBy(secret, told);
  }

  async function deliveries(organization: TestOrganization, { id }: Partner, query = '') {
    const { body } = await organization.get(`/webhook-endpoints/${id}/deliveries${query}`).expect(200);
    return body.data as Record<string, unknown>[];
  }

  async function shown({ id }: Partner, deliveryId: string) {
    return (await acme.get(`/webhook-endpoints/${id}/deliveries/${deliveryId}`).expect(200)).body.data;
  }

  async function endpointOf({ id }: Partner) {
    return (await acme.get(`/webhook-endpoints/${id}`).expect(200)).body.data;
  }

  /** A test event whose first attempt has failed. */
  async function failedTest(partner: Partner) {
    const { body } = await acme.post(`/webhook-endpoints/${partner.id}/test`).expect(202);
    return persistently(async () => expectOf(await shown(partner, body.data.id), { attempts: 1 }));
  }

  async function failingFor({ id }: Partner, age: string): Promise<void> {
    const failing = 'UPDATE webhook_endpoints SET failing_since = now() - $1::interval WHERE id = $2';
    await world.database.rows(failing, [age, id]);
  }

  /** As if the time had come for whatever waits. */
  async function makeDue(): Promise<void> {
    await world.database.rows('UPDATE graphile_worker._private_jobs SET run_at = now() WHERE locked_at IS NULL');
    await world.database.rows(`SELECT pg_notify('jobs:insert', '{"count": 1}')`);
  }

  function expectOf<T>(value: T, expected: object): T {
    expect(value).toMatchObject(expected);
    return value;
  }
});
