import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MediaRemoval } from '../src/modules/media/media-removal.service.js';
import { MessageUpdated } from '../src/modules/messages/message.events.js';
import { OrgContext } from '../src/platform/context/org-context.js';
import { Database } from '../src/platform/database/database.js';
import { Events } from '../src/platform/events/events.js';
import { Jobs } from '../src/platform/jobs/jobs.js';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import { LocalServer } from './support/local-server.js';
import { S3Stub } from './support/s3-stub.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(500)]);
const MP4 = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42', 'latin1'), randomBytes(5_000)]);
const HTML = Buffer.from('<!doctype html><script>alert(document.domain)</script>');

interface FileOf {
  position: number;
  status: string;
  error: string | null;
  name: string | null;
  contentType: string | null;
  size: number | null;
  url: string | null;
}

/** What the provider serves, by path. */
const served = new Map<string, RequestListener>();
let provider: LocalServer;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'polydesk-media-'));
  provider = await LocalServer.start((incoming, response) => {
    const listener = served.get(incoming.url ?? '');
    if (listener) listener(incoming, response);
    else response.writeHead(404).end();
  });
});
afterAll(async () => {
  await provider.stop();
  rmSync(directory, { recursive: true });
});

const environment = () => ({
  RUN_JOBS: 'true',
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  MEDIA_MAX_MB: '1',
  DATA_DIR: directory,
});

describe('Files of messages', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let receive: ReturnType<typeof receiver>;
  beforeAll(async () => {
    world = await World.start(environment());
    receive = receiver(world);
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  it('are fetched, and shown at an address of our own instead of the provider', async () => {
    const { id, conversationId } = await receive(acme, [['image', serve(PNG, 'image/png')]]);
    const [file] = await files(acme, id, 'stored');
    expect(file).toMatchObject({ position: 0, error: null, contentType: 'image/png', size: PNG.length });
    const { body } = await acme.get(`/conversations/${conversationId}/messages`).expect(200);
    const [{ attachments }] = body.data;
    expect(attachments).toEqual([
      { type: 'image', url: expect.stringMatching(/\/media\/[0-9a-f-]{36}\?expires=\d+&signature=/) },
    ]);
    const answer = await open(attachments[0].url).expect(200);
    expect(answer.body.equals(PNG)).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.length),
      'content-disposition': 'inline',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': expect.stringMatching(/^private, max-age=\d{1,3}, immutable$/),
    });
  });

  it('stand each in the place of its attachment; links stay what they are', async () => {
    const link = 'https://example.com/news';
    const { id, conversationId } = await receive(acme, [
      ['fallback', link],
      ['image', serve(PNG)],
      ['file', serve(HTML)],
    ]);
    const found = await files(acme, id, 'stored');
    expect(found.map(({ position }) => position)).toEqual([1, 2]);
    const { body } = await acme.get(`/conversations/${conversationId}/messages`).expect(200);
    expect(body.data[0].attachments[0].url).toBe(link);
  });

  it('are never shown in place where they could do something, whatever their sender says that they are', async () => {
    const { id } = await receive(acme, [['image', serve(HTML, 'image/png')]]);
    const [file] = await files(acme, id, 'stored');
    const { headers } = await open(file?.url).expect(200);
    expect(headers).toMatchObject({ 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' });
  });

  it('are given in parts, and their headers alone', async () => {
    const { id } = await receive(acme, [['video', serve(MP4)]]);
    const [file] = await files(acme, id, 'stored');
    const part = await open(file?.url).set('range', 'bytes=100-199').expect(206);
    expect(part.body.equals(MP4.subarray(100, 200))).toBe(true);
    expect(part.headers['content-range']).toBe(`bytes 100-199/${MP4.length}`);
    const end = await open(file?.url).set('range', 'bytes=-10').expect(206);
    expect(end.body.equals(MP4.subarray(-10))).toBe(true);
    const refusal = await look(file?.url).set('range', `bytes=${MP4.length}-`).expect(416);
    expect(refusal.headers['content-range']).toBe(`bytes */${MP4.length}`);
    const { path } = pathOf(file?.url);
    const head = await request(world.url).head(path).expect(200);
    expect(head.headers).toMatchObject({ 'content-length': String(MP4.length), 'accept-ranges': 'bytes' });
  });

  it('open to nobody whose address has ended, or is not exactly as it was made', async () => {
    const { id } = await receive(acme, [['image', serve(PNG)]]);
    const [file] = await files(acme, id, 'stored');
    const other = await files(acme, (await receive(acme, [['image', serve(PNG)]])).id, 'stored');
    const { url, fileId, expires, signature } = pathOf(file?.url);
    const wrong = [
      `/media/${pathOf(other[0]?.url).fileId}?expires=${expires}&signature=${signature}`,
      `/media/${randomUUID()}?expires=${expires}&signature=${signature}`,
      `/media/${fileId}?expires=${expires + 1}&signature=${signature}`,
      `/media/${fileId}?expires=0&signature=${signature}`,
      `/media/${fileId}?expires=${expires}&signature=${signature.slice(0, -4)}AAAA`,
      `/media/${fileId}?expires=${expires}&signature=${'A'.repeat(80)}`,
    ];
    for (const path of wrong) {
      const { body } = await world.anonymous.get(path).expect(404);
      expect(body.error).toMatchObject({ code: 'not_found', message: 'There is nothing here by that name or id' });
    }
    for (const path of [`/media/${fileId}`, `/media/${fileId}?expires=${expires}`, '/media/x'])
      await world.anonymous.get(path).expect(404);
    await open(url).expect(200);
  });

  it('say nothing of their organization in their addresses', async () => {
    const { id } = await receive(acme, [['image', serve(PNG)]]);
    const [file] = await files(acme, id, 'stored');
    const { url, signature } = pathOf(file?.url);
    for (const text of [url, Buffer.from(signature, 'base64url').toString('latin1')])
      expect(text).not.toContain(acme.id);
  });

  it('are named to their own organization alone, and there to whoever may read messages', async () => {
    const { id } = await receive(acme, [['image', serve(PNG)]]);
    await files(acme, id, 'stored');
    await rival.get(`/messages/${id}/files`).expect(404);
    await world.anonymous.get(`/messages/${id}/files`).expect(401);
    await (await acme.withKey(['customers:read'])).get(`/messages/${id}/files`).expect(403);
    await (await acme.withKey(['messages:read'])).get(`/messages/${id}/files`).expect(200);
  });

  it('of a message without any are none', async () => {
    const { id } = await acme.conversation();
    const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
    const answer = await acme.get(`/messages/${body.data[0].id}/files`).expect(200);
    expect(answer.body.data).toEqual({ files: [] });
    await acme.get(`/messages/${randomUUID()}/files`).expect(404);
  });

  it('say why they could not be fetched, and leave the address of the provider where it was', async () => {
    const url = serve(Buffer.alloc(1024 ** 2 + 1));
    const { id, conversationId } = await receive(acme, [
      ['image', url],
      ['image', `${provider.url}/${randomUUID()}`],
      ['image', 'http://169.254.169.254/latest/meta-data/'],
    ]);
    const found = await files(acme, id, 'failed');
    expect(found.map(({ error, url: ours }) => [error, ours])).toEqual([
      ['too_large', null],
      ['http_404', null],
      ['address_refused', null],
    ]);
    const { body } = await acme.get(`/conversations/${conversationId}/messages`).expect(200);
    expect(body.data[0].attachments[0].url).toBe(url);
  });

  it('are tried again where the provider was away for a moment', async () => {
    let tries = 0;
    const url = serve(PNG);
    const whole = served.get(new URL(url).pathname);
    served.set(new URL(url).pathname, (incoming, response) => {
      tries += 1;
      if (tries === 1) response.writeHead(503).end();
      else whole?.(incoming, response);
    });
    const { id } = await receive(acme, [['image', url]]);
    await files(acme, id, 'stored');
    expect(tries).toBe(2);
  });

  it('are fetched once where their message comes twice', async () => {
    let tries = 0;
    const url = serve(PNG);
    const whole = served.get(new URL(url).pathname);
    served.set(new URL(url).pathname, (incoming, response) => {
      tries += 1;
      whole?.(incoming, response);
    });
    const page = await acme.page();
    const mid = `m_${randomUUID()}`;
    const { id } = await receive(acme, [['image', url]], { page, mid });
    await files(acme, id, 'stored');
    await receive(acme, [['image', url]], { page, mid });
    expect((await files(acme, id, 'stored')).length).toBe(1);
    expect(tries).toBe(1);
  });

  it('are gone with their message, and while their organization is closed', async () => {
    const closing = await world.organization();
    const { id } = await receive(closing, [['image', serve(PNG)]]);
    const [file] = await files(closing, id, 'stored');
    await open(file?.url).expect(200);
    await world.superAdmin.delete(`/organizations/${closing.id}`).expect(200);
    await look(file?.url).expect(404);
    await world.superAdmin.post(`/organizations/${closing.id}/activate`).expect(200);
    await open(file?.url).expect(200);
    await world.database.rows(`UPDATE messages SET attachments = '[]' WHERE id = $1`, [id]);
    await look(file?.url).expect(404);
  });

  it('are removed, bytes and all, with their organization, and no others', async () => {
    const leaving = await world.organization();
    const stays = (await files(acme, (await receive(acme, [['image', serve(PNG)]])).id, 'stored'))[0];
    const { id } = await receive(leaving, [
      ['image', serve(PNG)],
      ['image', serve(PNG)],
    ]);
    await files(leaving, id, 'stored');
    const keys = await keysOf(world, leaving.id);
    expect(keys.filter((key) => stored().includes(key))).toHaveLength(2);
    await world.superAdmin.delete(`/organizations/${leaving.id}`).expect(200);
    await world.superAdmin.delete(`/organizations/${leaving.id}?hard=true`).expect(200);
    expect(keys.filter((key) => stored().includes(key))).toEqual([]);
    await open(stays?.url).expect(200);
  });

  it('are removed, bytes and all, once their message is taken back', async () => {
    const { id, conversationId } = await receive(acme, [['image', serve(PNG)]]);
    await files(acme, id, 'stored');
    const [row] = await world.database.rows<{ key: string }>(
      'SELECT storage_key AS key FROM media_files WHERE message_id = $1',
      [id],
    );
    const takenBack = new MessageUpdated(id, conversationId, { deletedAt: { from: null, to: '2026-11-21T10:00:00Z' } });
    await inside(acme, (app) => app.get(Database).transaction(() => app.get(Events).publish(takenBack)));
    await until(() => !stored().includes(row?.key ?? ''));
    await until(async () => (await acme.get(`/messages/${id}/files`)).body.data.files.length === 0);
  });

  it('are removed by a job that commits with the removal of their rows', async () => {
    const { id } = await receive(acme, [['image', serve(PNG)]]);
    await files(acme, id, 'stored');
    const lost = await world.database.rows<{ key: string }>(
      'DELETE FROM media_files WHERE message_id = $1 RETURNING storage_key AS key',
      [id],
    );
    const keys = lost.map(({ key }) => key);
    expect(stored()).toEqual(expect.arrayContaining(keys));
    await inside(acme, (app) => app.get(Jobs).add('remove-media', { keys }));
    await until(() => !keys.some((key) => stored().includes(key)));
  });

  it('that a crash left without a message are swept away once they are old, and no others', async () => {
    const [stays] = await files(acme, (await receive(acme, [['image', serve(PNG)]])).id, 'stored');
    const { id } = await receive(acme, [
      ['image', serve(PNG)],
      ['image', serve(PNG)],
    ]);
    await files(acme, id, 'stored');
    const lost = await world.database.rows<{ key: string }>(
      'DELETE FROM media_files WHERE message_id = $1 RETURNING storage_key AS key',
      [id],
    );
    const [old, young] = lost.map(({ key }) => key);
    for (const key of stored().filter((one) => one !== young)) age(key);
    expect(await world.app.get(MediaRemoval).sweep()).toBeGreaterThan(0);
    expect(stored()).not.toContain(old);
    expect(stored()).toContain(young);
    await open(stays?.url).expect(200);
  });

  const inside = (organization: TestOrganization, work: (app: World['app']) => Promise<void>) =>
    OrgContext.runAsSystem(organization.id, 'test', () => work(world.app));
  const stored = () => readdirSync(join(directory, 'media'), { recursive: true }).map((path) => String(path).slice(3));
  const age = (key: string) => {
    const path = join(directory, 'media', key.slice(0, 2), key);
    if (key !== '') utimesSync(path, new Date(0), new Date(0));
  };
  const look = (url: string | null | undefined) => world.anonymous.get(pathOf(url).path);
  const open = (url: string | null | undefined) => request(world.url).get(pathOf(url).path).responseType('blob');
});

describe('Files of messages in a bucket', () => {
  let world: World;
  let s3: S3Stub;
  beforeAll(async () => {
    s3 = await S3Stub.start();
    const bucket = { S3_BUCKET: 'files', S3_ENDPOINT: s3.url, S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' };
    world = await World.start({ ...environment(), ...bucket });
  });
  afterAll(async () => {
    await world.stop();
    await s3.stop();
  });

  it('are kept there, given whole and in parts, and removed with their organization', async () => {
    const acme = await world.organization();
    const { id } = await receiver(world)(acme, [['video', serve(MP4)]]);
    const [file] = await files(acme, id, 'stored');
    const { path } = pathOf(file?.url);
    const whole = await request(world.url).get(path).responseType('blob').expect(200);
    expect(whole.body.equals(MP4)).toBe(true);
    const part = await request(world.url).get(path).set('range', 'bytes=5-9').responseType('blob').expect(206);
    expect(part.body.equals(MP4.subarray(5, 10))).toBe(true);
    expect([...s3.objects.keys()]).toEqual((await keysOf(world, acme.id)).map((key) => `files/media/${key}`));
    await world.superAdmin.delete(`/organizations/${acme.id}`).expect(200);
    await world.superAdmin.delete(`/organizations/${acme.id}?hard=true`).expect(200);
    expect(s3.objects.size).toBe(0);
  });
});

/** Has the provider serve a file; answers with its address. */
function serve(bytes: Buffer, contentType = 'application/octet-stream'): string {
  const path = `/${randomUUID()}`;
  served.set(path, (_, response) => response.writeHead(200, { 'content-type': contentType }).end(bytes));
  return provider.url + path;
}

/** A customer sends attachments to a page of the organization. Answers with the message. */
function receiver(world: World) {
  return async (
    organization: TestOrganization,
    attachments: [type: string, url: string][],
    { page, mid = `m_${randomUUID()}` }: { page?: string; mid?: string } = {},
  ): Promise<{ id: string; conversationId: string }> => {
    const oaId = page ?? (await organization.page());
    const customer = '7001';
    const message = { mid, attachments: attachments.map(([type, url]) => ({ type, payload: { url } })) };
    const event = { ...fromCustomer(oaId, customer, Date.now()), message };
    await world.facebook.post(pageBody(oaId, [event])).expect(200);
    const { body } = await organization.get(`/conversations?oaId=${oaId}`).expect(200);
    const { body: messages } = await organization.get(`/conversations/${body.data[0].id}/messages`).expect(200);
    return { id: messages.data[0].id, conversationId: body.data[0].id };
  };
}

/** The files of a message, once each of them has come to this. */
async function files(organization: TestOrganization, messageId: string, status: string): Promise<FileOf[]> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { body } = await organization.get(`/messages/${messageId}/files`).expect(200);
    const found: FileOf[] = body.data.files;
    if (found.length > 0 && found.every((file) => file.status === status)) return found;
    await delay(50);
  }
  throw new Error(`The files of message ${messageId} are not ${status}`);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isSo()) return;
    await delay(50);
  }
  throw new Error('It has not come to that');
}

function pathOf(url: string | null | undefined) {
  const address = new URL(url ?? '');
  const { pathname, search, searchParams } = address;
  return {
    url: address.href,
    path: pathname + search,
    fileId: pathname.split('/').at(-1) ?? '',
    expires: Number(searchParams.get('expires')),
    signature: searchParams.get('signature') ?? '',
  };
}

async function keysOf(world: World, orgId: string): Promise<string[]> {
  const rows = await world.database.rows<{ key: string }>(
    'SELECT storage_key AS key FROM media_files WHERE org_id = $1',
    [orgId],
  );
  return rows.map(({ key }) => key);
}
