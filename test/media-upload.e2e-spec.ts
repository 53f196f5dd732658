import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { ClientRequest } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MediaRemoval } from '../src/modules/media/media-removal.service.js';
import { OrgContext } from '../src/platform/context/org-context.js';
import { Jobs } from '../src/platform/jobs/jobs.js';
import type { DeskPlatform } from '../src/providers/accounts.js';
import type { Client } from './support/client.js';
import { eventually } from './support/eventually.js';
import { LocalServer } from './support/local-server.js';
import { Desk } from './support/providers.js';
import { S3Stub } from './support/s3-stub.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const MEBIBYTE = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

const png = () => Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(500)]);

interface Uploaded {
  id: string;
  filename: string | null;
  contentType: string;
  size: number;
  url: string;
  expiresAt: string;
}

describe('Files that agents upload', () => {
  let directory: string;
  let desk: Desk;
  /** What the outside knows the server by: PUBLIC_URL has to be known before the server has its port. */
  let entrance: Server;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'polydesk-upload-'));
    desk = await Desk.start();
    entrance = createServer((socket) =>
      socket.pipe(connect(Number(new URL(world.url).port), '127.0.0.1')).pipe(socket),
    );
    await once(entrance.listen(0, '127.0.0.1'), 'listening');
    const { port } = entrance.address() as AddressInfo; // It listens on TCP.
    const settings = { RUN_JOBS: 'true', MEDIA_MAX_MB: '1', DATA_DIR: directory };
    world = await World.start({ ...desk.settings, ...settings, PUBLIC_URL: `http://127.0.0.1:${port}` });
    desk.pointAt(world.url);
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(async () => {
    await world.stop();
    await desk.stop();
    entrance.close();
    rmSync(directory, { recursive: true });
  });

  describe('are taken', () => {
    it('and can be looked at for a day, by an address that opens without a credential', async () => {
      const bytes = png();
      const upload = await uploaded(acme, bytes, 'image/png', 'áo dài.png');
      expect(upload).toEqual({
        id: expect.any(String),
        filename: 'áo dài.png',
        contentType: 'image/png',
        size: bytes.length,
        url: expect.stringContaining(`/media/${upload.id}?expires=`),
        expiresAt: expect.any(String),
        createdAt: expect.any(String),
      });
      const left = Date.parse(upload.expiresAt) - Date.now();
      expect(left).toBeLessThanOrEqual(DAY_MS);
      expect(left).toBeGreaterThan(DAY_MS - 6 * 60_000);
      const { body, headers } = await open(upload.url).expect(200);
      expect(body.equals(bytes)).toBe(true);
      expect(headers).toMatchObject({
        'content-type': 'image/png',
        'content-disposition': `inline; filename="_o d_i.png"; filename*=UTF-8''%C3%A1o%20d%C3%A0i.png`,
      });
    });

    it.each([
      ['<!doctype html><script>alert(1)</script>', 'text/html'],
      ['<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml'],
      ['<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', 'application/xhtml+xml'],
      ['alert(1)', 'image/png'],
      ['{"a":', 'application/json'],
      ['{}', 'application/json; charset=utf-8'],
      ['a=b', 'application/x-www-form-urlencoded'],
    ])('and are never shown in place where they could do something: %j said to be %s', async (text, said) => {
      const { contentType, url } = await uploadedAs(text, { 'content-type': said });
      expect(contentType).toBe('application/octet-stream');
      const { body, headers } = await open(url).expect(200);
      expect(String(body)).toBe(text);
      expect(headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
      });
    });

    it('as the documents that they are said to be, which browsers only save', async () => {
      const { contentType, url } = await uploaded(acme, Buffer.from('PK\x03\x04'), DOCX, 'menu.docx');
      expect(contentType).toBe(DOCX);
      const { headers } = await open(url).expect(200);
      expect(headers).toMatchObject({
        'content-type': DOCX,
        'content-disposition': `attachment; filename="menu.docx"; filename*=UTF-8''menu.docx`,
      });
    });

    it('without a type and a name too', async () => {
      const upload = await uploadedAs(png(), {});
      expect(upload).toMatchObject({ filename: null, contentType: 'image/png' });
    });

    it('and are written in the audit log, without their name', async () => {
      const { id, size } = await uploaded(acme, png(), 'image/png', 'secret.png');
      const { body } = await acme.get('/audit-logs?action=media.uploaded&limit=1').expect(200);
      expect(body.data[0]).toMatchObject({
        ...{ targetType: 'media', targetId: id },
        changes: { contentType: { from: null, to: 'image/png' }, size: { from: null, to: size } },
      });
      expect(JSON.stringify(body.data[0])).not.toContain('secret');
    });
  });

  describe('are refused', () => {
    it('above the limit, and taken up to it', async () => {
      const { size } = await uploaded(acme, Buffer.alloc(MEBIBYTE), 'image/png');
      expect(size).toBe(MEBIBYTE);
      const before = stored();
      const { body } = await acme.upload(Buffer.alloc(MEBIBYTE + 1), 'image/png').expect(413);
      expect(body.error).toMatchObject({ code: 'too_large', message: 'The file is larger than 1 MB' });
      expect(stored()).toEqual(before);
    });

    it('above the limit while they come, where nobody said how long they are', async () => {
      const sending = begin(acme.admin, { 'transfer-encoding': 'chunked' });
      const answered = answerTo(sending);
      const chunk = Buffer.alloc(64 * 1024);
      const more = () => {
        while (!sending.destroyed && sending.write(chunk));
      };
      sending.on('drain', more);
      more();
      const { status, body } = await answered; // It never ends by itself.
      sending.destroy();
      expect([status, body.error.code]).toEqual([413, 'too_large']);
    });

    it('before anything of them is read, where their sender may not send them', async () => {
      const reader = await acme.withKey(['messages:read', 'conversations:write']);
      for (const [client, expected] of [
        [world.anonymous, 401],
        [reader, 403],
      ] as const) {
        const sending = begin(client, { 'content-length': String(MEBIBYTE) });
        sending.flushHeaders();
        const { status } = await answerTo(sending); // Not a byte was sent.
        sending.destroy();
        expect(status).toBe(expected);
      }
      await (await acme.withKey(['messages:write'])).upload(png(), 'image/png').expect(201);
    });

    it('where there is nothing in them', async () => {
      const { body } = await acme.upload(Buffer.alloc(0), 'image/png').expect(422);
      expect(body.error.details).toEqual([{ path: '', message: 'must be the bytes of a file' }]);
    });

    it.each([
      '',
      '.',
      '..',
      '../../etc/passwd',
      'a/b.png',
      '..\\..\\boot.ini',
      'a\nb.png',
      'a\r\nset-cookie: x=y',
      'a\0.png',
      'fdp.\u202eexe',
      'x'.repeat(256),
    ])('with a name that is none: %j', async (filename) => {
      const { body } = await acme.upload(png(), 'image/png', filename).expect(422);
      expect(body.error.details).toEqual([{ path: 'filename', message: expect.any(String) }]);
    });

    it('where one organization sends too much at once; another one notices nothing', async () => {
      const crowd = await world.organization();
      const sending = Array.from({ length: 4 }, () => begin(crowd.admin, { 'content-length': String(MEBIBYTE) }));
      const answers = sending.map(answerTo);
      for (const one of sending) one.write(png());
      const small = async () => (await crowd.upload(png(), 'image/png')).status;
      await eventually(small, (status) => status === 429);
      await uploaded(rival, png(), 'image/png');
      for (const one of sending) one.end(Buffer.alloc(MEBIBYTE - png().length));
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      expect(await small()).toBe(201);
    });

    it('where they break off, and leave nothing behind', async () => {
      const crowd = await world.organization();
      const sending = Array.from({ length: 4 }, () => begin(crowd.admin, { 'content-length': String(MEBIBYTE) }));
      const broken = sending.map((one) => expect(answerTo(one)).rejects.toThrow('socket hang up'));
      for (const one of sending) one.write(png());
      let taken = 0;
      const small = async () => {
        const { status } = await crowd.upload(png(), 'image/png');
        if (status === 201) taken += 1;
        return status;
      };
      await eventually(small, (status) => status === 429); // All four have come in.
      for (const one of sending) one.destroy();
      await Promise.all(broken);
      await eventually(small, (status) => status === 201);
      expect(await rowsOf(crowd)).toBe(taken);
      const kept = await world.database.rows<{ key: string }>('SELECT storage_key AS key FROM media_files');
      expect(stored().sort()).toEqual(kept.map(({ key }) => key).sort());
    });
  });

  describe('are sent', () => {
    it.each<DeskPlatform>(['facebook', 'whatsapp', 'zalo'])(
      'by their id: the provider of %s gets an address that it can fetch, for a day',
      async (platform) => {
        const { id: conversationId, oaId } = await talk(acme, platform);
        const bytes = png();
        const { id: mediaId } = await uploaded(acme, bytes, 'image/png', 'cat.png');
        const message = await send(acme, conversationId, { text: 'Đây', attachments: [{ type: 'image', mediaId }] });
        const told = await eventually(
          () => desk.sent(oaId).flatMap(({ attachments }) => attachments),
          (attachments) => attachments.length > 0,
        );
        expect(JSON.stringify(desk.sent(oaId))).not.toContain('fileId');
        const url = told[0]?.url ?? '';
        expect(endOf(url) - Date.now()).toBeGreaterThan(DAY_MS - 6 * 60_000);
        expect((await fetched(url)).equals(bytes)).toBe(true);
        const shown = (await listed(acme, conversationId)).find(({ id }) => id === message.id);
        expect(shown?.attachments).toEqual([{ type: 'image', url: expect.stringContaining(`/media/${mediaId}?`) }]);
        expect(endOf(shown?.attachments[0]?.url) - Date.now()).toBeLessThanOrEqual(600_000);
        const { body } = await acme.get(`/messages/${message.id}/files`).expect(200);
        expect(body.data.files).toMatchObject([
          { position: 0, status: 'stored', name: 'cat.png', contentType: 'image/png', size: bytes.length },
        ]);
      },
    );

    it('as documents under the name that they came with, unless another one is given', async () => {
      const { id } = await talk(acme, 'whatsapp');
      const [first, second] = [
        await uploaded(acme, Buffer.from('%PDF-1.7'), 'application/pdf', 'menu.pdf'),
        await uploaded(acme, Buffer.from('%PDF-1.7'), 'application/pdf', 'x.pdf'),
      ];
      const { attachments } = await send(acme, id, {
        attachments: [
          { type: 'file', mediaId: first.id },
          { type: 'image', url: 'https://example.com/a.png' },
          { type: 'file', mediaId: second.id.toUpperCase(), title: 'Map' },
        ],
      });
      expect(attachments).toEqual([
        { type: 'file', title: 'menu.pdf', url: expect.stringContaining(first.id) },
        { type: 'image', url: 'https://example.com/a.png' },
        { type: 'file', title: 'Map', url: expect.stringContaining(second.id) },
      ]);
      for (const place of [0, 2]) await open(attachments[place]?.url ?? '').expect(200);
    });

    it('as documents to Zalo, which is handed them by this server', async () => {
      const { id, oaId } = await talk(acme, 'zalo');
      const bytes = Buffer.concat([Buffer.from('%PDF-1.7'), randomBytes(100)]);
      const { id: mediaId } = await uploaded(acme, bytes, 'application/pdf', 'menu.pdf');
      await send(acme, id, { attachments: [{ type: 'file', mediaId }] });
      const [message] = await eventually(
        () => desk.sent(oaId),
        ([first]) => first !== undefined,
      );
      const [file] = message?.attachments ?? [];
      const url = file?.url ?? '';
      expect([file?.type, url.split('/').at(-1)]).toEqual(['file', 'menu.pdf']);
      expect((await fetched(url)).equals(bytes)).toBe(true);
    });

    it('as documents to Zalo by an address too, but from inside of our network only where it opens one of our files', async () => {
      const reached: string[] = [];
      const inside = await LocalServer.start(({ url = '' }, response) => response.end(`${reached.push(url)}`));
      const { port } = inside;
      const own = (await uploaded(acme, Buffer.from('%PDF-1.7'), 'application/pdf')).url;
      const { origin } = new URL(own);
      const refused = [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`, `${origin}/health`];
      const secret = 'http://169.254.169.254/latest/meta-data';
      for (const [organization, urls] of [
        [acme, [...refused, secret]],
        [rival, [`http://127.0.0.1:${port}/`]],
      ] as const) {
        const { id, oaId } = await talk(organization, 'zalo');
        for (const url of urls) expect(await failureOf(organization, id, url)).toEqual(ADDRESS_REFUSED);
        expect(desk.sent(oaId)).toEqual([]);
      }
      expect(reached).toEqual([]);
      await inside.stop();
      const { id, oaId } = await talk(acme, 'zalo');
      await send(acme, id, { attachments: [{ type: 'file', url: own }] });
      await eventually(
        () => desk.sent(oaId).length,
        (sent) => sent === 1,
      );
    });

    it("as documents to Zalo never by another organization, which has no more than the file's id", async () => {
      const { url } = await uploaded(acme, Buffer.from('%PDF-1.7'), 'application/pdf');
      const { id, oaId } = await talk(rival, 'zalo');
      for (const signature of ['', 'x'.repeat(80)])
        expect(await failureOf(rival, id, url.replace(/signature=.*/, `signature=${signature}`))).toMatchObject({
          code: expect.stringMatching(/^http_4/),
        });
      expect(desk.sent(oaId)).toEqual([]);
    });

    it('with one message each, which can be sent again with the same clientMessageId', async () => {
      const { id } = await acme.conversation();
      const { id: mediaId } = await uploaded(acme, png(), 'image/png');
      const body = { attachments: [{ type: 'image', mediaId }], clientMessageId: 'once' };
      const answers = await Promise.all([1, 2, 3].map(() => send(acme, id, body)));
      expect(new Set(answers.map((message) => message.id)).size).toBe(1);
      expect((await listed(acme, id)).length).toBe(2);
      const again = await acme.post(`/conversations/${id}/messages`, { attachments: body.attachments }).expect(422);
      expect(again.body.error.details).toEqual(NOT_THERE);
      const other = (await acme.conversation()).id;
      await acme.post(`/conversations/${other}/messages`, body).expect(422);
      const twice = [body.attachments[0], body.attachments[0]];
      await acme.post(`/conversations/${id}/messages`, { attachments: twice }).expect(422);
    });

    it('with one of several messages that want them at once', async () => {
      const conversations = await Promise.all([1, 2, 3, 4].map(() => acme.conversation()));
      const ids = [(await uploaded(acme, png(), 'image/png')).id, (await uploaded(acme, png(), 'image/png')).id];
      const answers = await Promise.all(
        conversations.map(({ id }, number) => {
          const attachments = (number % 2 ? ids : ids.toReversed()).map((mediaId) => ({ type: 'image', mediaId }));
          return acme.post(`/conversations/${id}/messages`, { attachments });
        }),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 422, 422, 422]);
      const counts = await Promise.all(conversations.map(async ({ id }) => (await listed(acme, id)).length));
      expect(counts.sort()).toEqual([1, 1, 1, 2]);
    });

    it("never by another organization, to which they are as nobody's", async () => {
      const { id } = await rival.conversation();
      const { id: mediaId } = await uploaded(acme, png(), 'image/png');
      const incoming = await rowOfIncoming();
      const refusals = [];
      for (const named of [mediaId, randomUUID(), incoming]) {
        const attachments = [{ type: 'image', mediaId: named }];
        const { body } = await rival.post(`/conversations/${id}/messages`, { attachments }).expect(422);
        refusals.push(body.error.details);
      }
      expect(refusals).toEqual([NOT_THERE, NOT_THERE, NOT_THERE]);
      expect(await listed(rival, id)).toHaveLength(1);
      await send(acme, (await acme.conversation()).id, { attachments: [{ type: 'image', mediaId }] });
    });

    it('in no conversation of another organization, and stay to be sent', async () => {
      const { id } = await rival.conversation();
      const { id: mediaId } = await uploaded(acme, png(), 'image/png');
      const attachments = [{ type: 'image', mediaId }];
      await acme.post(`/conversations/${id}/messages`, { attachments }).expect(404);
      await send(acme, (await acme.conversation()).id, { attachments });
    });

    it.each([
      ['both an address and a file', { url: 'https://example.com/a.png', mediaId: randomUUID() }, 'attachments.0.url'],
      ['neither', {}, 'attachments.0.url'],
      ['what is no id', { mediaId: '../x' }, 'attachments.0.mediaId'],
      ['a file of ours by its inner name', { fileId: randomUUID() }, 'attachments.0.fileId'],
    ])('by one name: not by %s', async (_, attachment, path) => {
      const { id } = await acme.conversation();
      const attachments = [{ type: 'image', ...attachment }];
      const { body } = await acme.post(`/conversations/${id}/messages`, { attachments }).expect(422);
      expect(body.error.details.map((detail: { path: string }) => detail.path)).toContain(path);
    });

    it('in no canned answer, which is for many', async () => {
      const { id: mediaId } = await uploaded(acme, png(), 'image/png');
      const reply = { shortcut: 'cat', text: 'x', attachments: [{ type: 'image', mediaId }] };
      const { body } = await acme.post('/quick-replies', reply).expect(422);
      expect(body.error.details).toContainEqual({ path: 'attachments.0.mediaId', message: expect.any(String) });
    });
  });

  describe('go', () => {
    it('after a day, where no message was sent with them', async () => {
      const [unsent, sent] = [await uploaded(acme, png(), 'image/png'), await uploaded(acme, png(), 'image/png')];
      const runAt = await waitingJob(unsent.id);
      expect(Math.abs(runAt.getTime() - Date.now() - DAY_MS)).toBeLessThan(60_000);
      expect(runAt.getTime()).toBeGreaterThanOrEqual(Date.parse(unsent.expiresAt));
      await send(acme, (await acme.conversation()).id, { attachments: [{ type: 'image', mediaId: sent.id }] });
      const keys = [await keyOf(unsent.id), await keyOf(sent.id)];
      for (const { id } of [unsent, sent]) await inside(acme, () => jobs().add('remove-upload', { fileId: id }));
      await eventually(stored, (names) => !names.includes(keys[0] ?? ''));
      await world.anonymous.get(pathOf(unsent.url)).expect(404);
      await done();
      expect(stored()).toContain(keys[1]);
      await open(sent.url).expect(200);
      const attachments = [{ type: 'image', mediaId: unsent.id }];
      const late = await acme.post(`/conversations/${(await acme.conversation()).id}/messages`, { attachments });
      expect([late.status, late.body.error.details]).toEqual([422, NOT_THERE]);
    });

    it('not before, whatever the daily sweep finds', async () => {
      const { id, url } = await uploaded(acme, png(), 'image/png');
      const key = await keyOf(id);
      utimesSync(join(directory, 'media', key.slice(0, 2), key), new Date(0), new Date(0));
      await world.app.get(MediaRemoval).sweep();
      await open(url).expect(200);
    });

    it('with their organization, sent or not; and open to nobody while it is closed', async () => {
      const leaving = await world.organization();
      const [unsent, sent] = [await uploaded(leaving, png(), 'image/png'), await uploaded(leaving, png(), 'image/png')];
      await send(leaving, (await leaving.conversation()).id, { attachments: [{ type: 'image', mediaId: sent.id }] });
      const keys = [await keyOf(unsent.id), await keyOf(sent.id)];
      await world.superAdmin.delete(`/organizations/${leaving.id}`).expect(200);
      for (const { url } of [unsent, sent]) await world.anonymous.get(pathOf(url)).expect(404);
      await world.superAdmin.delete(`/organizations/${leaving.id}?hard=true`).expect(200);
      expect(stored().filter((name) => keys.includes(name))).toEqual([]);
    });
  });

  const ADDRESS_REFUSED = {
    code: 'address_refused',
    message: 'The file is not on the public internet, and is not fetched from elsewhere: upload it, and send it again.',
  };
  const NOT_THERE = [{ path: 'attachments.0.mediaId', message: 'must be a file that was uploaded and not sent yet' }];
  const stored = () =>
    readdirSync(join(directory, 'media'), { recursive: true })
      .map((path) => String(path).slice(3))
      .filter((name) => name !== '');
  const jobs = () => world.app.get(Jobs);
  const inside = (organization: TestOrganization, work: () => Promise<void>) =>
    OrgContext.runAsSystem(organization.id, 'test', work);
  const open = (url: string) => request(world.url).get(pathOf(url)).responseType('blob');

  /** Exactly these bytes, under exactly these headers. */
  async function uploadedAs(body: string | Buffer, headers: Record<string, string>): Promise<Uploaded> {
    const sent = { method: 'POST', headers: { ...acme.admin.headers, ...headers }, body: Buffer.from(body) };
    const response = await fetch(`${world.url}/media`, sent);
    expect(response.status).toBe(201);
    return ((await response.json()) as { data: Uploaded }).data;
  }

  /** A request for an upload that is still to be sent. */
  function begin(client: Client, headers: Record<string, string>): ClientRequest {
    const options = { method: 'POST', headers: { ...client.headers, 'content-type': 'image/png', ...headers } };
    return httpRequest(`${world.url}/media`, options);
  }

  async function rowsOf({ id }: TestOrganization): Promise<number> {
    const [row] = await world.database.rows<{ count: number }>(
      'SELECT count(*)::int AS count FROM media_files WHERE org_id = $1',
      [id],
    );
    return row?.count ?? -1;
  }

  async function keyOf(id: string): Promise<string> {
    const rows = await world.database.rows<{ key: string }>(
      'SELECT storage_key AS key FROM media_files WHERE id = $1',
      [id],
    );
    return rows[0]?.key ?? '';
  }

  /** When the upload's job is to run. */
  async function waitingJob(id: string): Promise<Date> {
    const rows = await world.database.rows<{ runAt: Date }>(
      `SELECT run_at AS "runAt" FROM graphile_worker._private_jobs WHERE payload ->> 'fileId' = $1`,
      [id],
    );
    return new Date(rows[0]?.runAt ?? 0);
  }

  /** Once no job is left that could be done now. */
  const done = () =>
    eventually(
      () => world.database.rows(`SELECT FROM graphile_worker._private_jobs WHERE run_at <= now()`),
      (rows) => rows.length === 0,
    );

  /** A file that came with a customer's message, as its row would be: nobody's to be sent again. */
  async function rowOfIncoming(): Promise<string> {
    const { id } = await rival.conversation();
    const [message] = await listed(rival, id);
    const fileId = randomUUID();
    await world.database.rows(
      `INSERT INTO media_files (org_id, id, message_id, position, status, storage_key) VALUES ($1, $2, $3, 0, 'stored', $4)`,
      [rival.id, fileId, message?.id, fileId],
    );
    return fileId;
  }

  /** Why a file at this address could not be sent. */
  async function failureOf(organization: TestOrganization, conversationId: string, url: string): Promise<unknown> {
    const { id } = await send(organization, conversationId, { attachments: [{ type: 'file', url }] });
    const failed = await eventually(
      async () => (await listed(organization, conversationId)).find((message) => message.id === id),
      (message) => message?.status === 'failed',
    );
    return failed?.error;
  }

  /** A page of a provider, and a customer who wrote to it. */
  async function talk(organization: TestOrganization, platform: DeskPlatform): Promise<{ id: string; oaId: string }> {
    const { oaId, accessToken, name } = desk.page({ platform, isSubscribed: true });
    await organization.post('/integrations', { platform, oaId, accessToken, name }).expect(201);
    await desk.customer(platform, oaId, String(randomInt(1e12, 9e13))).writes({ text: 'Xin chào', at: new Date() });
    const { body } = await organization.get(`/conversations?oaId=${oaId}`).expect(200);
    return { id: body.data[0].id, oaId };
  }
});

describe('Files that agents upload into a bucket', () => {
  it('are kept there, opened, and removed', async () => {
    const s3 = await S3Stub.start();
    const bucket = { S3_BUCKET: 'files', S3_ENDPOINT: s3.url, S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' };
    const world = await World.start({ ...bucket, RUN_JOBS: 'true' });
    try {
      const acme = await world.organization();
      const bytes = png();
      const { id, url } = await uploaded(acme, bytes, 'image/png');
      const { body } = await request(world.url).get(pathOf(url)).responseType('blob').expect(200);
      expect(body.equals(bytes)).toBe(true);
      expect(s3.objects.size).toBe(1);
      await OrgContext.runAsSystem(acme.id, 'test', () => world.app.get(Jobs).add('remove-upload', { fileId: id }));
      await eventually(
        () => s3.objects.size,
        (size) => size === 0,
      );
    } finally {
      await world.stop();
      await s3.stop();
    }
  });
});

async function uploaded(
  organization: TestOrganization,
  bytes: Buffer,
  contentType: string,
  filename?: string,
): Promise<Uploaded> {
  return (await organization.upload(bytes, contentType, filename).expect(201)).body.data;
}

interface Message {
  id: string;
  status: string;
  error: unknown;
  attachments: { type: string; url: string; title?: string }[];
}

async function send(organization: TestOrganization, conversationId: string, body: object): Promise<Message> {
  return (await organization.post(`/conversations/${conversationId}/messages`, body).expect(202)).body.data;
}

async function listed(organization: TestOrganization, conversationId: string): Promise<Message[]> {
  return (await organization.get(`/conversations/${conversationId}/messages`).expect(200)).body.data;
}

async function fetched(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

function answerTo(sending: ClientRequest): Promise<{ status: number; body: { error: { code: string } } }> {
  return new Promise((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) }),
      );
    });
  });
}

/** When an address ends. */
function endOf(url = ''): number {
  return Number(new URL(url).searchParams.get('expires')) * 1_000;
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
