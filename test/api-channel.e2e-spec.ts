import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { Client } from './support/client.js';
import { PartnerServer, answer, verified } from './support/partner-server.js';
import { persistently } from './support/persistently.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

interface Shop {
  integrationId: string;
  oaId: string;
  endpointId: string;
  secret: string;
  path: string;
}

describe("A partner's own channel", () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let server: PartnerServer;
  let key: Client;
  let count = 0;
  beforeAll(async () => {
    world = await World.start({ RUN_JOBS: 'true', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32' });
    [acme, rival] = [await world.organization(), await world.organization()];
    server = await PartnerServer.start();
    key = await acme.withKey(['messages:write']);
  });
  afterAll(async () => {
    await server.stop();
    await world.stop();
  });

  it('is connected without a token, and sends through a webhook endpoint', async () => {
    const { endpointId, oaId } = await shop(acme);
    const { body } = await acme.get(`/integrations?platform=api`).expect(200);
    expect(body.data[0]).toMatchObject({ platform: 'api', oaId, webhookEndpointId: endpointId, isActive: true });
    const { body: refused } = await acme.delete(`/webhook-endpoints/${endpointId}`).expect(409);
    expect(refused.error.code).toBe('endpoint_in_use');
  });

  it("never sends through another organization's endpoint, nor does a platform's page through any", async () => {
    const { endpointId } = await shop(rival);
    const { integrationId } = await shop(acme);
    const page = { platform: 'api', oaId: 'x', name: 'X' };
    for (const webhookEndpointId of [endpointId, uuidv7()]) {
      const { body } = await acme.post('/integrations', { ...page, webhookEndpointId }).expect(422);
      expect(body.error.details).toEqual([{ path: 'webhookEndpointId', message: expect.stringContaining('must be') }]);
      await acme.patch(`/integrations/${integrationId}`, { webhookEndpointId }).expect(422);
    }
    const own = await shop(acme);
    const facebook = { platform: 'facebook', oaId: '1', name: 'F', accessToken: 't' };
    await acme.post('/integrations', { ...facebook, webhookEndpointId: own.endpointId }).expect(422);
    await acme.post('/integrations', { ...facebook, accessToken: undefined }).expect(422);
  });

  it('takes in what a customer wrote, by API key', async () => {
    const { integrationId, oaId } = await shop(acme);
    const message = {
      ...{ messageId: 'm-1', text: 'Xin chào', occurredAt: '2026-11-20T10:00:00Z' },
      customer: { externalId: 'c-1', displayName: 'Lan', avatarUrl: 'https://example.com/lan.png', phone: '+84901' },
      attachments: [{ type: 'image', url: 'https://example.com/cat.png', title: 'Cat' }],
    };
    const { body } = await key.post(`/integrations/${integrationId}/inbound`, message).expect(200);
    expect(body.data).toMatchObject({
      ...{ platform: 'api', oaId, direction: 'in', senderType: 'customer', senderId: 'c-1', text: 'Xin chào' },
      ...{ providerMessageId: 'm-1', createdAt: '2026-11-20T10:00:00.000Z', attachments: message.attachments },
    });
    const { body: conversation } = await acme.get(`/conversations/${body.data.conversationId}`).expect(200);
    expect(conversation.data).toMatchObject({
      ...{ platform: 'api', oaId, integrationId, status: 'open', unreadCount: 1 },
      customer: { externalId: 'c-1', displayName: 'Lan', avatarUrl: 'https://example.com/lan.png' },
    });
    const { body: customer } = await acme.get(`/customers/${conversation.data.customer.id}`).expect(200);
    expect(customer.data.phone).toBe('+84901');
  });

  it('takes in a message once, however often and at whatever time it is told', async () => {
    const { integrationId } = await shop(acme);
    const message = { messageId: 'm-1', customer: { externalId: 'c-2' }, text: 'one' };
    const told = await Promise.all(
      Array.from({ length: 8 }, () => key.post(`/integrations/${integrationId}/inbound`, message).expect(200)),
    );
    const [first] = told;
    expect(new Set(told.map(({ body }) => body.data.id))).toEqual(new Set([first?.body.data.id]));
    const { body } = await acme.get(`/conversations/${first?.body.data.conversationId}`).expect(200);
    expect(body.data.unreadCount).toBe(1);
  });

  it('keeps the same ids of two shops apart', async () => {
    const [one, other] = [await shop(acme), await shop(acme)];
    const message = { messageId: 'm-9', customer: { externalId: 'c-3' }, text: 'one' };
    const ids = [];
    for (const { integrationId } of [one, other])
      ids.push((await key.post(`/integrations/${integrationId}/inbound`, message).expect(200)).body.data.id);
    expect(new Set(ids).size).toBe(2);
  });

  it('sends what an agent writes to its endpoint, signed, and is told what became of it', async () => {
    const { id, secret, path, oaId, integrationId } = await conversation();
    server.replies.set(path, answer(200, {}, { providerMessageId: 'p-1' }));
    const { body } = await acme.post(`/conversations/${id}/messages`, { text: 'Chào chị' }).expect(202);
    const [told] = await persistently(() => server.at(path, 1));
    expect(verified(secret, told)).toEqual({
      ...{ type: 'message.send', timestamp: expect.stringMatching(/Z$/) },
      data: expect.objectContaining({
        ...{ messageId: body.data.id, oaId, customerExternalId: 'c-1', text: 'Chào chị', attachments: [] },
      }),
    });
    expect(told?.headers['webhook-id']).toBe(`msg_${body.data.id}`);
    await persistently(async () =>
      expect(await message(id)).toMatchObject({ status: 'sent', providerMessageId: 'p-1' }),
    );
    const receipts = `/integrations/${integrationId}/receipts`;
    const named = { providerMessageId: 'p-1' };
    const delivered = await key.post(receipts, { ...named, status: 'delivered' }).expect(200);
    expect(delivered.body.data).toMatchObject({ id: body.data.id, status: 'delivered' });
    const read = await key.post(receipts, { messageId: body.data.id, status: 'read' }).expect(200);
    expect(read.body.data.status).toBe('read');
    const late = await key.post(receipts, { ...named, status: 'delivered' }).expect(200);
    expect(late.body.data.status).toBe('read');
  });

  it('says nothing of earlier messages by the receipt of a later one', async () => {
    const { id, integrationId } = await conversation();
    const sent: string[] = [];
    for (const text of ['one', 'two'])
      sent.push((await acme.post(`/conversations/${id}/messages`, { text }).expect(202)).body.data.id);
    await persistently(async () => expect(await message(id)).toMatchObject({ id: sent[1], status: 'sent' }));
    await key.post(`/integrations/${integrationId}/receipts`, { messageId: sent[1], status: 'read' }).expect(200);
    const { body } = await acme.get(`/conversations/${id}/messages?limit=2`).expect(200);
    expect(body.data.map(({ status }: { status: string }) => status)).toEqual(['read', 'sent']);
  });

  it('shows the agent why a message failed: by receipt, and where the endpoint refuses it', async () => {
    const { id, path, integrationId } = await conversation();
    const { body } = await acme.post(`/conversations/${id}/messages`, { text: 'one' }).expect(202);
    await persistently(async () => expect((await message(id)).status).toBe('sent'));
    const receipt = { messageId: body.data.id, status: 'failed', error: { code: 'blocked', message: 'They left' } };
    const failed = await key.post(`/integrations/${integrationId}/receipts`, receipt).expect(200);
    expect(failed.body.data).toMatchObject({ status: 'failed', error: { code: 'blocked', message: 'They left' } });
    server.replies.set(path, answer(422, {}, { error: { message: 'Too long' } }));
    await acme.post(`/conversations/${id}/messages`, { text: 'two' }).expect(202);
    await persistently(async () =>
      expect(await message(id)).toMatchObject({
        status: 'failed',
        error: { code: 'http_422', message: expect.stringContaining('Too long') },
      }),
    );
  });

  it('tries again where the endpoint fails, under the same webhook-id', async () => {
    const { id, path } = await conversation();
    let attempts = 0;
    server.replies.set(path, (told, response) => answer((attempts += 1) === 1 ? 503 : 200)(told, response));
    await acme.post(`/conversations/${id}/messages`, { text: 'one' }).expect(202);
    const told = await persistently(() => server.at(path, 2));
    expect(new Set(told.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await persistently(async () => expect((await message(id)).status).toBe('sent'));
  });

  it('says so where no endpoint takes its messages', async () => {
    const { id, endpointId, integrationId } = await conversation();
    await acme.patch(`/webhook-endpoints/${endpointId}`, { isActive: false }).expect(200);
    await acme.post(`/conversations/${id}/messages`, { text: 'one' }).expect(202);
    await persistently(async () =>
      expect(await message(id)).toMatchObject({ status: 'failed', error: { code: 'no_endpoint' } }),
    );
    const { body } = await acme.get(`/integrations/${integrationId}`).expect(200);
    expect(body.data).toMatchObject({ status: 'restricted', statusReason: expect.stringContaining('endpoint') });
  });

  it('sends nothing to an address inside', async () => {
    const { id, endpointId } = await conversation();
    const { port } = new URL(server.url);
    await world.database.rows('UPDATE webhook_endpoints SET url = $1 WHERE id = $2', [
      `http://127.0.0.2:${port}/inside`,
      endpointId,
    ]);
    await acme.post(`/conversations/${id}/messages`, { text: 'one' }).expect(202);
    await persistently(async () =>
      expect(await message(id)).toMatchObject({ status: 'failed', error: { code: 'address_refused' } }),
    );
    expect(server.at('/inside')).toEqual([]);
  });

  it.each([
    [{ customer: { externalId: 'c' }, text: 'x' }, 'messageId'],
    [{ messageId: 'm', text: 'x' }, 'customer'],
    [{ messageId: 'm', customer: {}, text: 'x' }, 'customer.externalId'],
    [{ messageId: 'm', customer: { externalId: 'c', orgId: 'org_x' }, text: 'x' }, 'customer.orgId'],
    [{ messageId: 'm', customer: { externalId: 'c' } }, 'text'],
    [{ messageId: 'm', customer: { externalId: 'c' }, attachments: [] }, 'attachments'],
    [{ messageId: 'm', customer: { externalId: 'c' }, attachments: [{ type: 'x', url: 'y' }] }, 'attachments.0.type'],
    [{ messageId: 'm', customer: { externalId: 'c' }, text: 'x', occurredAt: 'today' }, 'occurredAt'],
  ])('does not take in %j', async (fields, path) => {
    const { integrationId } = await shop(acme);
    const { body } = await key.post(`/integrations/${integrationId}/inbound`, fields).expect(422);
    expect(body.error.details.map((detail: { path: string }) => detail.path)).toContain(path);
  });

  it.each([
    [{ status: 'read' }, 422],
    [{ status: 'read', messageId: 'x', providerMessageId: 'y' }, 422],
    [{ status: 'sent', providerMessageId: 'y' }, 422],
    [{ status: 'failed', providerMessageId: 'y', error: {} }, 422],
    [{ status: 'read', providerMessageId: 'nobody knows it' }, 404],
    [{ status: 'read', messageId: 'no-id' }, 404],
    [{ status: 'read', messageId: uuidv7() }, 404],
  ])('does not take the receipt %j', async (fields, status) => {
    const { integrationId } = await shop(acme);
    await key.post(`/integrations/${integrationId}/receipts`, fields).expect(status);
  });

  it("is nobody else's: not another organization's, not a platform's page, not a disconnected one", async () => {
    const { id, integrationId } = await conversation();
    const { body: sent } = await acme.post(`/conversations/${id}/messages`, { text: 'one' }).expect(202);
    const inbound = { messageId: 'm', customer: { externalId: 'c' }, text: 'x' };
    const receipt = { messageId: sent.data.id, status: 'read' };
    for (const theirs of [integrationId, uuidv7(), 'no-id']) {
      await rival.post(`/integrations/${theirs}/inbound`, inbound).expect(404);
      await rival.post(`/integrations/${theirs}/receipts`, receipt).expect(404);
    }
    const own = await shop(rival);
    await rival.post(`/integrations/${own.integrationId}/receipts`, receipt).expect(404);
    const elsewhere = await shop(acme);
    await key.post(`/integrations/${elsewhere.integrationId}/receipts`, receipt).expect(404);
    await acme.page('4711');
    const { body: pages } = await acme.get('/integrations?platform=facebook').expect(200);
    const { body } = await key.post(`/integrations/${pages.data[0].id}/inbound`, inbound).expect(409);
    expect(body.error.code).toBe('not_an_api_channel');
    await acme.delete(`/integrations/${elsewhere.integrationId}`).expect(200);
    const { body: gone } = await key.post(`/integrations/${elsewhere.integrationId}/inbound`, inbound).expect(409);
    expect(gone.error.code).toBe('integration_disconnected');
    const reader = await acme.withKey(['messages:read']);
    await reader.post(`/integrations/${integrationId}/inbound`, inbound).expect(403);
  });

  async function shop(organization: TestOrganization): Promise<Shop> {
    const number = (count += 1);
    const path = `/shop-${number}`;
    const fields = { url: `${server.url}${path}`, eventTypes: ['customer.updated'] };
    const { body: endpoint } = await organization.post('/webhook-endpoints', fields).expect(201);
    const page = { platform: 'api', oaId: `shop-${number}`, name: 'Shop', webhookEndpointId: endpoint.data.id };
    const { body } = await organization.post('/integrations', page).expect(201);
    const { id: endpointId, secret } = endpoint.data;
    return { integrationId: body.data.id, oaId: page.oaId, endpointId, secret, path };
  }

  /** A customer who has written to a shop. */
  async function conversation(): Promise<Shop & { id: string }> {
    const made = await shop(acme);
    const inbound = { messageId: 'm-1', customer: { externalId: 'c-1' }, text: 'Hi' };
    const { body } = await key.post(`/integrations/${made.integrationId}/inbound`, inbound).expect(200);
    return { ...made, id: body.data.conversationId };
  }

  /** The newest. */
  async function message(conversationId: string) {
    return (await acme.get(`/conversations/${conversationId}/messages?limit=1`).expect(200)).body.data[0];
  }
});
