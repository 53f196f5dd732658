import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const MODEL = { endpoint: 'https://models.example.com/v1', model: 'm-1', systemPrompt: 'Be kind.' };

interface Refusal {
  error: { details: { path: string }[] };
}

describe('What a chatbot answers by', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const make = (fields: object) => acme.post('/chatbots', { name: 'Bot', ...fields });
  const pathsOf = (body: Refusal): string[] => body.error.details.map(({ path }) => path);

  it('is nothing, where it is a name only', async () => {
    const { body } = await make({}).expect(201);
    expect(body.data).toMatchObject({ type: null, config: {}, hasApiKey: false, apiKeyId: null });
    expect(body.data).not.toHaveProperty('secret');
  });

  it('comes back as it was given, with what was left out', async () => {
    const rules = {
      greeting: 'Hi',
      keywords: [{ words: ['price'], answer: '5', quickReplies: [{ title: 'Buy', payload: 'buy' }] }],
      businessHours: {
        timezone: 'Asia/Ho_Chi_Minh',
        days: { mon: [{ from: '09:00', to: '24:00' }] },
        closedAnswer: 'Closed',
      },
      handoffWords: ['person'],
      handoffAnswer: 'One moment',
      fallbackAnswer: 'Pardon?',
    };
    const { body } = await make({ type: 'rules', config: rules }).expect(201);
    expect(body.data).toMatchObject({ type: 'rules', config: rules });
    const { body: model } = await make({ type: 'model', config: MODEL }).expect(201);
    expect(model.data.config).toEqual({ ...MODEL, historyMessages: 20, timeoutMs: 30_000, maxTokens: 500 });
    const { body: webhook } = await make({ type: 'webhook', config: { url: 'https://example.com' } }).expect(201);
    expect(webhook.data.config).toEqual({ url: 'https://example.com', timeoutMs: 10_000 });
  });

  it.each<[string, object, string]>([
    ['a type without a config', { type: 'rules' }, 'config'],
    ['a config without a type', { config: {} }, 'config'],
    ['a config of no type', { type: null, config: {} }, 'config'],
    ['a type that is none', { type: 'oracle', config: {} }, 'type'],
    ['a field of another type', { type: 'rules', config: { url: 'https://example.com' } }, 'config.url'],
    ['no URL', { type: 'webhook', config: {} }, 'config.url'],
    ['a list', { type: 'rules', config: [] }, 'config'],
    ['text', { type: 'rules', config: 'x' }, 'config'],
    ['null', { type: 'rules', config: null }, 'config'],
    [
      'too long a wait',
      { type: 'webhook', config: { url: 'https://example.com', timeoutMs: 60_000 } },
      'config.timeoutMs',
    ],
    ['an address inside', { type: 'webhook', config: { url: 'http://169.254.169.254/' } }, 'config.url'],
    ['an endpoint inside', { type: 'model', config: { ...MODEL, endpoint: 'http://10.0.0.1/v1' } }, 'config.endpoint'],
    ['an owner', { type: 'rules', config: { orgId: 'x' } }, 'config.orgId'],
    ['a key in the config', { type: 'model', config: { ...MODEL, apiKey: 'x' } }, 'config.apiKey'],
    ['a key that nothing uses', { type: 'rules', config: {}, apiKey: 'x' }, 'apiKey'],
    ['a key without a type', { apiKey: 'x' }, 'apiKey'],
    ['keywords without words', { type: 'rules', config: { keywords: [{ answer: 'x' }] } }, 'config.keywords.0.words'],
    ['words that are none', { type: 'rules', config: { handoffWords: [' '] } }, 'config.handoffWords'],
    [
      'an unknown keyword field',
      { type: 'rules', config: { keywords: [{ words: ['a'], answer: 'b', x: 1 }] } },
      'config.keywords.0.x',
    ],
    [
      'an unknown time zone',
      { type: 'rules', config: { businessHours: { timezone: 'Mars', days: {}, closedAnswer: 'x' } } },
      'config.businessHours.timezone',
    ],
    [
      'hours that end before they begin',
      {
        type: 'rules',
        config: {
          businessHours: { timezone: 'UTC', days: { mon: [{ from: '18:00', to: '09:00' }] }, closedAnswer: 'x' },
        },
      },
      'config.businessHours.days.mon.0.to',
    ],
    [
      'hours that are none',
      {
        type: 'rules',
        config: { businessHours: { timezone: 'UTC', days: { mon: [{ from: '9', to: '25:00' }] }, closedAnswer: 'x' } },
      },
      'config.businessHours.days.mon.0.from',
    ],
    [
      'an unknown day',
      { type: 'rules', config: { businessHours: { timezone: 'UTC', days: { someday: [] }, closedAnswer: 'x' } } },
      'config.businessHours.days.someday',
    ],
  ])('cannot be %s', async (_, fields, path) => {
    const { body } = await make(fields).expect(422);
    expect(pathsOf(body)).toContain(path);
  });

  it('can be changed, to another type too, and taken away', async () => {
    const { body } = await make({ type: 'rules', config: { greeting: 'Hi' } }).expect(201);
    const path = `/chatbots/${body.data.id}`;
    const { body: renamed } = await acme.patch(path, { name: 'Other' }).expect(200);
    expect(renamed.data).toMatchObject({ type: 'rules', config: { greeting: 'Hi' } });
    const { body: webhook } = await acme
      .patch(path, { type: 'webhook', config: { url: 'https://example.com' } })
      .expect(200);
    expect(webhook.data.secret).toMatch(/^whsec_/);
    const { body: nothing } = await acme.patch(path, { type: null }).expect(200);
    expect(nothing.data).toMatchObject({ type: null, config: {} });
    await acme.post(`${path}/rotate-secret`).expect(409);
  });

  it('shows a signing secret once, and an API key never; both are sealed', async () => {
    const { body: webhook } = await make({ type: 'webhook', config: { url: 'https://example.com' } }).expect(201);
    const { body: model } = await make({ type: 'model', config: MODEL, apiKey: 'sk-very-secret' }).expect(201);
    expect(webhook.data.secret).toMatch(/^whsec_/);
    expect(model.data).toMatchObject({ hasApiKey: true });
    const said = JSON.stringify([
      model.data,
      (await acme.get('/chatbots').expect(200)).body,
      (await acme.get(`/chatbots/${webhook.data.id}`).expect(200)).body,
      (await acme.get('/audit-logs').expect(200)).body,
    ]);
    const kept = await world.database.rows<{ secret: string }>('SELECT secret FROM chatbots WHERE secret IS NOT NULL');
    for (const secret of [webhook.data.secret, 'sk-very-secret']) {
      expect(said).not.toContain(secret);
      expect(JSON.stringify(kept)).not.toContain(secret);
    }
  });

  it('keeps an API key until it is cleared, or the endpoint is elsewhere', async () => {
    const { body } = await make({ type: 'model', config: MODEL, apiKey: 'sk' }).expect(201);
    const path = `/chatbots/${body.data.id}`;
    const has = async (change: object) => (await acme.patch(path, change).expect(200)).body.data.hasApiKey;
    expect(await has({ type: 'model', config: { ...MODEL, model: 'm-2' } })).toBe(true);
    expect(await has({ type: 'model', config: { ...MODEL, endpoint: 'https://thief.example.com/v1' } })).toBe(false);
    expect(await has({ apiKey: 'sk' })).toBe(true);
    expect(await has({ apiKey: null })).toBe(false);
  });

  it('is nothing that another organization can rotate, or have a key for', async () => {
    const { body } = await make({ type: 'webhook', config: { url: 'https://example.com' } }).expect(201);
    await rival.post(`/chatbots/${body.data.id}/rotate-secret`).expect(404);
    await rival.post(`/chatbots/${body.data.id}/api-key`).expect(404);
  });

  it('gives nobody a key with more than they have', async () => {
    const { body } = await make({}).expect(201);
    const maker = await acme.withKey(['chatbots:write']);
    await maker.post(`/chatbots/${body.data.id}/api-key`).expect(403);
    const manager = await acme.as('manager');
    await manager.post(`/chatbots/${body.data.id}/api-key`).expect(403);
  });
});
