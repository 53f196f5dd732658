import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

describe('Chatbots', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  it('are made by an admin', async () => {
    const fields = { name: 'Greeter', description: 'Says hello', isActive: false, settings: { language: 'vi' } };
    const { body } = await acme.post('/chatbots', fields).expect(201);
    expect(body).toEqual({
      ok: true,
      data: {
        ...{ id: expect.any(String), orgId: acme.id, ...fields, accountId: acme.admin.user.id },
        ...{ type: null, config: {}, hasApiKey: false, apiKeyId: null },
        createdAt: expect.stringMatching(/Z$/),
        updatedAt: expect.stringMatching(/Z$/),
      },
    });
  });

  it('need nothing but a name', async () => {
    const { body } = await acme.post('/chatbots', { name: 'Bare' }).expect(201);
    expect(body.data).toMatchObject({ description: null, isActive: true, settings: {} });
    const { body: refusal } = await acme.post('/chatbots', {}).expect(422);
    expect(refusal.error.details).toEqual([{ path: 'name', message: expect.any(String) }]);
  });

  it('belong to no user where a key made them', async () => {
    const key = await acme.withKey(['chatbots:write']);
    const { body } = await key.post('/chatbots', { name: 'By a partner' }).expect(201);
    expect(body.data.accountId).toBeNull();
  });

  it('cannot be made for another organization', async () => {
    const { body } = await acme.post('/chatbots', { name: 'Spy', orgId: rival.id }).expect(422);
    expect(body.error.details[0].path).toBe('orgId');
  });

  it('are listed newest first, those of the own organization only, page by page', async () => {
    const [here, there] = [await world.organization(), await world.organization()];
    const [first, second] = [await chatbot(here), await chatbot(here)];
    await chatbot(there);
    const { body: page } = await here.get('/chatbots?limit=1').expect(200);
    const { body: next } = await here.get(`/chatbots?limit=1&cursor=${page.pagination.nextCursor}`).expect(200);
    expect([page, next].flatMap(({ data }) => data.map(({ id }: { id: string }) => id))).toEqual([second, first]);
    expect(next.pagination).toEqual({ limit: 1, nextCursor: null });
  });

  it('can be changed, field by field', async () => {
    const id = await chatbot(acme);
    const { body } = await acme.patch(`/chatbots/${id}`, { settings: { tone: 'warm' }, isActive: false }).expect(200);
    expect(body.data).toMatchObject({ name: 'Bot', settings: { tone: 'warm' }, isActive: false });
  });

  it('say in the audit log what happened to them', async () => {
    const id = await chatbot(acme);
    await acme.patch(`/chatbots/${id}`, { name: 'Renamed' }).expect(200);
    await acme.delete(`/chatbots/${id}`).expect(200);
    const { body } = await acme.get('/audit-logs?targetType=chatbot').expect(200);
    const entries = body.data.filter(({ targetId }: { targetId: string }) => targetId === id);
    expect(entries.map(({ action }: { action: string }) => action)).toEqual([
      'chatbot.deleted',
      'chatbot.updated',
      'chatbot.created',
    ]);
    expect(entries[1].changes).toEqual({ name: { from: 'Bot', to: 'Renamed' } });
  });

  it('answer with what they were when they are deleted, and are gone then', async () => {
    const id = await chatbot(acme);
    const { body } = await acme.delete(`/chatbots/${id}`).expect(200);
    expect(body).toMatchObject({ ok: true, data: { id, name: 'Bot' } });
    await acme.get(`/chatbots/${id}`).expect(404);
    await acme.delete(`/chatbots/${id}`).expect(404);
  });

  it('are taken out of integrations and conversations when they are deleted', async () => {
    const id = await chatbot(acme);
    const { integrationId, conversationId } = await using(acme, id);
    await acme.delete(`/chatbots/${id}`).expect(200);
    const rows = await world.database.rows<{ chatbot_id: string | null }>(
      `SELECT chatbot_id FROM integrations WHERE id = $1 UNION ALL SELECT chatbot_id FROM conversations WHERE id = $2`,
      [integrationId, conversationId],
    );
    expect(rows).toEqual([{ chatbot_id: null }, { chatbot_id: null }]);
  });

  it('leave the integrations and conversations of others alone when they are deleted', async () => {
    const [ours, theirs] = [await chatbot(acme), await chatbot(rival)];
    await using(acme, ours);
    const { integrationId, conversationId } = await using(rival, theirs);
    await acme.delete(`/chatbots/${ours}`).expect(200);
    const rows = await world.database.rows<{ chatbot_id: string }>(
      `SELECT chatbot_id FROM integrations WHERE id = $1 UNION ALL SELECT chatbot_id FROM conversations WHERE id = $2`,
      [integrationId, conversationId],
    );
    expect(rows).toEqual([{ chatbot_id: theirs }, { chatbot_id: theirs }]);
  });

  it('can be deleted while an integration begins to use them', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [id, { integrationId }] = [await chatbot(acme), await using(acme, null)];
      const [deleted, used] = await Promise.all([
        acme.delete(`/chatbots/${id}`),
        acme.patch(`/integrations/${integrationId}`, { chatbotId: id }),
      ]);
      expect(deleted.status).toBe(200);
      expect([200, 422]).toContain(used.status);
      const { body } = await acme.get(`/integrations/${integrationId}`).expect(200);
      expect(body.data.chatbotId).toBeNull();
    }
  });

  it('are hidden from another organization, exactly like one that does not exist', async () => {
    const id = await chatbot(acme);
    const foreign = await rival.get(`/chatbots/${id}`).expect(404);
    const nobodys = await rival.get(`/chatbots/${uuidv7()}`).expect(404);
    expect({ ...foreign.body.error, requestId: null }).toEqual({ ...nobodys.body.error, requestId: null });
  });

  it('cannot be changed or deleted by another organization', async () => {
    const id = await chatbot(acme);
    await rival.patch(`/chatbots/${id}`, { name: 'Theirs' }).expect(404);
    await rival.delete(`/chatbots/${id}`).expect(404);
    const { body } = await acme.get(`/chatbots/${id}`).expect(200);
    expect(body.data.name).toBe('Bot');
  });

  it('are read, not changed, by managers, and neither by agents', async () => {
    const [manager, agent, id] = [await acme.as('manager'), await acme.as('agent'), await chatbot(acme)];
    await manager.get(`/chatbots/${id}`).expect(200);
    await manager.delete(`/chatbots/${id}`).expect(403);
    await agent.get(`/chatbots/${id}`).expect(403);
  });

  async function chatbot(organization: TestOrganization): Promise<string> {
    const { body } = await organization.post('/chatbots', { name: 'Bot' }).expect(201);
    return body.data.id;
  }

  /** An integration and a conversation with this chatbot. */
  async function using({ id: orgId }: TestOrganization, chatbotId: string | null) {
    const [integrationId, customerId, conversationId] = [uuidv7(), uuidv7(), uuidv7()];
    await world.database.rows(
      `INSERT INTO integrations (org_id, id, platform, oa_id, chatbot_id) VALUES ($1, $2, 'facebook', $3, $4)`,
      [orgId, integrationId, integrationId, chatbotId],
    );
    await world.database.rows(
      `INSERT INTO customers (org_id, id, platform, external_id) VALUES ($1, $2, 'facebook', $3)`,
      [orgId, customerId, customerId],
    );
    await world.database.rows(
      `INSERT INTO conversations (org_id, id, platform, oa_id, customer_id, integration_id, chatbot_id)
       VALUES ($1, $2, 'facebook', $3, $4, $5, $6)`,
      [orgId, conversationId, integrationId, customerId, integrationId, chatbotId],
    );
    return { integrationId, conversationId };
  }
});
