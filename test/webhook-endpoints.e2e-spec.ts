import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { EndpointSecretRotation } from '../src/modules/webhook-endpoints/endpoint-secret-rotation.js';
import { EndpointSecrets } from '../src/modules/webhook-endpoints/endpoint-secrets.js';
import type { KeptSecrets } from '../src/modules/webhook-endpoints/endpoint-secrets.js';
import { EVENT_TYPES } from '../src/modules/webhook-endpoints/event-types.js';
import { Config } from '../src/platform/config/config.js';
import { SecretVault } from '../src/platform/secrets/secret-vault.js';
import type { TestOrganization } from './support/test-organization.js';
import { World, testEnvironment } from './support/world.js';

const URL = 'https://partner.example.com/hooks';
const FIELDS = { url: URL, eventTypes: ['message.created', 'customer.updated'], description: 'Warehouse' };

describe('Webhook endpoints', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  it('are made by an admin, who sees their secret this once', async () => {
    const { body } = await acme.post('/webhook-endpoints', FIELDS).expect(201);
    const { secret, ...shown } = body.data;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shown).toEqual({
      ...{ id: expect.any(String), orgId: acme.id, ...FIELDS, isActive: true, disabledReason: null },
      ...{ failingSince: null, previousSecretExpiresAt: null, createdBy: acme.admin.user.id },
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
    const { body: again } = await acme.get(`/webhook-endpoints/${shown.id}`).expect(200);
    expect(again.data).toEqual(shown);
  });

  it('keep their secret sealed, and out of the audit log', async () => {
    const { body } = await acme.post('/webhook-endpoints', FIELDS).expect(201);
    const { id, secret } = body.data;
    const [kept] = await world.database.rows<{ secret: string }>('SELECT * FROM webhook_endpoints WHERE id = $1', [id]);
    expect(JSON.stringify(kept)).not.toContain(secret.slice(6, 30));
    const { body: log } = await acme.get('/audit-logs?targetType=webhook_endpoint').expect(200);
    expect(log.data[0]).toMatchObject({ action: 'webhook_endpoint.created', targetId: id });
    expect(JSON.stringify(log)).not.toContain(String(kept?.secret).slice(0, 30));
  });

  it("have their secrets sealed anew when the installation's key changes, and those of a lost key left alone", async () => {
    const [old, lost] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const renewed = await World.start({ ENCRYPTION_KEY: `${randomBytes(32).toString('base64')},${old}` });
    try {
      const shop = await renewed.organization();
      const ids = [];
      for (const key of [old, lost]) {
        const { body } = await shop.post('/webhook-endpoints', FIELDS).expect(201);
        const sealed = secretsUnder(key).first('whsec_b2xk', shop.id, body.data.id);
        const kept = { ...secretsUnder(key).rotated({ ...sealed, orgId: shop.id, id: body.data.id }, 'whsec_bmV3') };
        await renewed.database.rows(
          'UPDATE webhook_endpoints SET secret = $2, previous_secret = $3, secret_key_id = $4 WHERE id = $1',
          [body.data.id, kept.secret, kept.previousSecret, kept.secretKeyId],
        );
        ids.push(body.data.id);
      }
      const rotation = renewed.app.get(EndpointSecretRotation, { strict: false });
      expect(await rotation.run()).toEqual({ resealed: 1, changedMeanwhile: 0, left: 1 });
      expect(await rotation.run()).toEqual({ resealed: 0, changedMeanwhile: 0, left: 1 });
      const [row] = await renewed.database.rows<KeptSecrets>(
        `SELECT org_id AS "orgId", id, secret, previous_secret AS "previousSecret", secret_key_id AS "secretKeyId"
         FROM webhook_endpoints WHERE id = $1`,
        [ids[0]],
      );
      const secrets = renewed.app.get(EndpointSecrets, { strict: false });
      const previousExpiresAt = new Date(Date.now() + 60_000);
      expect(row && secrets.signing({ ...row, previousExpiresAt })).toEqual(['whsec_bmV3', 'whsec_b2xk']);
      expect(row?.secretKeyId).toBe(renewed.app.get(SecretVault).keyId);
    } finally {
      await renewed.stop();
    }
  });

  it.each([
    [{ ...FIELDS, eventTypes: ['message.deleted'] }, 'eventTypes'],
    [{ ...FIELDS, eventTypes: ['endpoint.test'] }, 'eventTypes'],
    [{ ...FIELDS, eventTypes: [] }, 'eventTypes'],
    [{ eventTypes: ['message.created'] }, 'url'],
    [{ ...FIELDS, url: 'partner' }, 'url'],
    [{ ...FIELDS, url: 'ftp://partner.example.com' }, 'url'],
    [{ ...FIELDS, url: 'https://user:password@partner.example.com' }, 'url'],
    [{ ...FIELDS, secret: 'whsec_mine' }, 'secret'],
    [{ ...FIELDS, orgId: 'org_default_001' }, 'orgId'],
    [{ ...FIELDS, isActive: false }, 'isActive'],
  ])('cannot be made of %j', async (fields, path) => {
    const { body } = await acme.post('/webhook-endpoints', fields).expect(422);
    expect(body.error.details[0].path).toBe(path);
  });

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[fd00:ec2::254]/',
    'http://[64:ff9b::7f00:1]/',
  ])('cannot lie inside: %s', async (url) => {
    const { body } = await acme.post('/webhook-endpoints', { ...FIELDS, url }).expect(422);
    expect(body.error.details[0].path).toBe('url');
    const { id } = await endpoint(acme);
    await acme.patch(`/webhook-endpoints/${id}`, { url }).expect(422);
  });

  it('take every type of event', async () => {
    const { body } = await acme.post('/webhook-endpoints', { ...FIELDS, eventTypes: EVENT_TYPES }).expect(201);
    expect(body.data.eventTypes).toEqual([...EVENT_TYPES]);
  });

  it('can be changed, field by field, and say so in the audit log', async () => {
    const { id } = await endpoint(acme);
    const { body } = await acme
      .patch(`/webhook-endpoints/${id}`, { eventTypes: ['conversation.created'], description: null, isActive: false })
      .expect(200);
    expect(body.data).toMatchObject({
      ...{ url: URL, eventTypes: ['conversation.created'], description: null, isActive: false },
    });
    const { body: log } = await acme.get(`/audit-logs?targetType=webhook_endpoint`).expect(200);
    expect(log.data[0]).toMatchObject({
      action: 'webhook_endpoint.updated',
      changes: { isActive: { from: true, to: false } },
    });
  });

  it('forget why they were given up when they are switched on again', async () => {
    const { id } = await endpoint(acme);
    await world.database.rows(
      `UPDATE webhook_endpoints SET is_active = false, disabled_reason = 'x', failing_since = now() WHERE id = $1`,
      [id],
    );
    const { body: kept } = await acme.patch(`/webhook-endpoints/${id}`, { description: 'y' }).expect(200);
    expect(kept.data).toMatchObject({ isActive: false, disabledReason: 'x' });
    const { body } = await acme.patch(`/webhook-endpoints/${id}`, { isActive: true }).expect(200);
    expect(body.data).toMatchObject({ isActive: true, disabledReason: null, failingSince: null });
  });

  it('get a new secret, shown once, and say until when the old one signs too', async () => {
    const { id, secret } = await endpoint(acme);
    const from = Date.now();
    const { body } = await acme.post(`/webhook-endpoints/${id}/rotate-secret`, { overlapSeconds: 60 }).expect(200);
    expect(body.data.secret).toMatch(/^whsec_/);
    expect(body.data.secret).not.toBe(secret);
    const end = Date.parse(body.data.previousSecretExpiresAt) - from;
    expect(end).toBeGreaterThan(55_000);
    expect(end).toBeLessThan(90_000);
    const { body: atOnce } = await acme
      .post(`/webhook-endpoints/${id}/rotate-secret`, { overlapSeconds: 0 })
      .expect(200);
    expect(atOnce.data.previousSecretExpiresAt).toBeNull();
    await acme.post(`/webhook-endpoints/${id}/rotate-secret`, { overlapSeconds: 604_801 }).expect(422);
    const { body: log } = await acme.get('/audit-logs?targetType=webhook_endpoint').expect(200);
    expect(log.data[0].action).toBe('webhook_endpoint.rotated');
  });

  it('can be deleted, with what was sent to them', async () => {
    const { id } = await endpoint(acme);
    await acme.post(`/webhook-endpoints/${id}/test`).expect(202);
    await acme.delete(`/webhook-endpoints/${id}`).expect(200);
    await acme.get(`/webhook-endpoints/${id}`).expect(404);
    await acme.delete(`/webhook-endpoints/${id}`).expect(404);
    expect(await world.database.rows('SELECT 1 FROM webhook_deliveries WHERE endpoint_id = $1', [id])).toEqual([]);
  });

  it('are listed newest first, those of the own organization only, page by page', async () => {
    const [here, there] = [await world.organization(), await world.organization()];
    const [first, second] = [await endpoint(here), await endpoint(here)];
    await endpoint(there);
    const { body: page } = await here.get('/webhook-endpoints?limit=1').expect(200);
    const { body: next } = await here
      .get(`/webhook-endpoints?limit=1&cursor=${page.pagination.nextCursor}`)
      .expect(200);
    expect([page, next].flatMap(({ data }) => data.map(({ id }: { id: string }) => id))).toEqual([second.id, first.id]);
    expect(next.pagination).toEqual({ limit: 1, nextCursor: null });
    expect(JSON.stringify(page)).not.toContain('secret":"');
  });

  it('do not exist for another organization, and neither do their deliveries', async () => {
    const { id } = await endpoint(acme);
    const own = await endpoint(rival);
    const { body } = await acme.post(`/webhook-endpoints/${id}/test`).expect(202);
    const delivery = body.data.id;
    for (const path of [`/webhook-endpoints/${id}`, `/webhook-endpoints/${uuidv7()}`, '/webhook-endpoints/no-id']) {
      await rival.get(path).expect(404);
      await rival.patch(path, { isActive: false }).expect(404);
      await rival.delete(path).expect(404);
      await rival.post(`${path}/rotate-secret`).expect(404);
      await rival.post(`${path}/test`).expect(404);
      await rival.get(`${path}/deliveries`).expect(404);
      await rival.get(`${path}/deliveries/${delivery}`).expect(404);
      await rival.post(`${path}/deliveries/${delivery}/replay`).expect(404);
    }
    await rival.get(`/webhook-endpoints/${own.id}/deliveries/${delivery}`).expect(404);
    await rival.post(`/webhook-endpoints/${own.id}/deliveries/${delivery}/replay`).expect(404);
    await acme.get(`/webhook-endpoints/${id}/deliveries/${delivery}`).expect(200);
  });

  it('hand out deliveries under their own endpoint only', async () => {
    const [one, other] = [await endpoint(acme), await endpoint(acme)];
    const { body } = await acme.post(`/webhook-endpoints/${one.id}/test`).expect(202);
    await acme.get(`/webhook-endpoints/${other.id}/deliveries/${body.data.id}`).expect(404);
    await acme.post(`/webhook-endpoints/${other.id}/deliveries/${body.data.id}/replay`).expect(404);
  });

  it('are for admins, and for keys of their scope', async () => {
    const { id } = await endpoint(acme);
    for (const role of ['manager', 'agent'] as const) {
      const member = await acme.as(role);
      await member.get('/webhook-endpoints').expect(403);
      await member.post('/webhook-endpoints', FIELDS).expect(403);
      await member.post(`/webhook-endpoints/${id}/rotate-secret`).expect(403);
    }
    const reader = await acme.withKey(['webhook-endpoints:read']);
    await reader.get(`/webhook-endpoints/${id}/deliveries`).expect(200);
    await reader.post(`/webhook-endpoints/${id}/test`).expect(403);
    const writer = await acme.withKey(['webhook-endpoints:write']);
    const { body } = await writer.post('/webhook-endpoints', FIELDS).expect(201);
    expect(body.data.createdBy).toBeNull();
    await writer.get('/webhook-endpoints').expect(403);
  });

  function secretsUnder(key: string): EndpointSecrets {
    const config = Config.from({ ...testEnvironment(world.database.url), ENCRYPTION_KEY: key });
    return new EndpointSecrets(new SecretVault(config));
  }

  async function endpoint(organization: TestOrganization): Promise<{ id: string; secret: string }> {
    const { body } = await organization.post('/webhook-endpoints', FIELDS).expect(201);
    return body.data;
  }
});
