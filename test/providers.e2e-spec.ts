import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Channel } from '../src/channels/channel.js';
import type { ChannelEvent } from '../src/channels/channel-events.js';
import type { OutgoingMessage } from '../src/channels/outgoing.js';
import type { PageAccess, ProviderApp } from '../src/channels/provider.js';
import { NoAnswerError, ProviderError } from '../src/channels/provider.js';
import { facebookChannel } from '../src/channels/facebook/facebook.channel.js';
import { pagesOf } from '../src/channels/facebook/facebook.connecting.js';
import { whatsappChannel } from '../src/channels/whatsapp/whatsapp.channel.js';
import { numbersOf } from '../src/channels/whatsapp/whatsapp.connecting.js';
import { accountOf } from '../src/channels/zalo/zalo.account.js';
import { zaloChannel } from '../src/channels/zalo/zalo.channel.js';
import { authorizationUrl, challengeOf, exchange, makeVerifier, refresh } from '../src/channels/zalo/zalo.oauth.js';
import { FileDownloads } from '../src/modules/delivery/file-downloads.js';
import { ProviderHttp } from '../src/modules/delivery/provider-http.js';
import { Config } from '../src/platform/config/config.js';
import { FileLinks } from '../src/platform/secrets/file-links.js';
import type { DeskPage, DeskPlatform } from '../src/providers/accounts.js';
import { seedDemoPages } from '../src/providers/demo-pages.js';
import { META_CODES, ZALO_CODES } from '../src/providers/provider-codes.js';
import { startProviders } from '../src/providers/provider-server.js';
import { runCli } from './support/cli-process.js';
import { fromSource } from './support/from-source.js';
import { DEMO_USER_TOKEN, Desk } from './support/providers.js';
import { WebhookReceiver } from './support/webhook-receiver.js';

const CHANNELS: Record<DeskPlatform, Channel> = {
  facebook: facebookChannel,
  whatsapp: whatsappChannel,
  zalo: zaloChannel,
};
const PLATFORMS: DeskPlatform[] = ['facebook', 'whatsapp', 'zalo'];
const CUSTOMER = '84901234567';
const OURS = '019a0000-0000-7000-8000-000000000001';
const HOUR_MS = 3_600_000;

describe('The providers on the desk', () => {
  let desk: Desk;
  let polydesk: WebhookReceiver;
  const config = Config.from({ ENVIRONMENT: 'test', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32' });
  const files = new FileDownloads(config, new FileLinks(config));
  const http = new ProviderHttp(files);

  beforeAll(async () => {
    polydesk = await WebhookReceiver.start();
    desk = await Desk.start();
    desk.pointAt(polydesk.url);
  });
  afterEach(async () => {
    await desk.settled();
    desk.reset();
    polydesk.take();
  });
  afterAll(async () => {
    await desk.stop();
    await polydesk.stop();
    await Promise.all([http.onApplicationShutdown(), files.onApplicationShutdown()]);
  });

  const appOf = (platform: DeskPlatform): ProviderApp => {
    const settings: Record<string, string> = desk.settings;
    const name = platform.toUpperCase();
    const isZalo = platform === 'zalo';
    return {
      apiUrl: settings[isZalo ? 'ZALO_API_URL' : `${name}_GRAPH_URL`] ?? '',
      oauthUrl: settings['ZALO_OAUTH_URL'] ?? '',
      appId: settings[isZalo ? 'ZALO_APP_ID' : 'FACEBOOK_APP_ID'] ?? '',
      appSecret: settings[`${name}_APP_SECRET`] ?? '',
      webhookSecret: settings[isZalo ? 'ZALO_OA_SECRET_KEY' : `${name}_APP_SECRET`] ?? '',
      verifyToken: settings[`${name}_VERIFY_TOKEN`] ?? '',
      signatures: ['oa-key body', 'oa-key header', 'app-secret body', 'app-secret header'],
    };
  };
  const accessTo = ({ oaId, accessToken, businessId }: DeskPage): PageAccess => ({ oaId, accessToken, businessId });
  const send = (page: DeskPage, message: Partial<OutgoingMessage> = {}) =>
    CHANNELS[page.platform].send(outgoing(message), accessTo(page), appOf(page.platform), http);
  const refusedBy = (work: Promise<unknown>) =>
    work.then(
      () => ({ kind: 'none', code: 'none', message: '' }),
      (error: unknown) => (error instanceof ProviderError ? error.failure : Promise.reject(error as Error)),
    );

  /** What came in, through the channel that it was for: signed as it should be, and translated. */
  const arrived = async (): Promise<ChannelEvent[]> => {
    await desk.settled();
    return polydesk.take().flatMap(({ path, headers, bytes }) => {
      const platform = PLATFORMS.find((known) => path === `/webhooks/${known}`) ?? 'facebook';
      expect(CHANNELS[platform].signatureOf(bytes, headers, appOf(platform))).not.toBeNull();
      return CHANNELS[platform].translate(JSON.parse(bytes.toString()));
    });
  };

  describe.each(PLATFORMS)('as %s', (platform) => {
    it('tell Polydesk, signed, what a customer writes', async () => {
      const page = desk.page({ platform, isSubscribed: true });
      const id = await desk.customer(platform, page.oaId, CUSTOMER).writes('Còn bàn không ạ? 🍜 a/b');
      expect(await arrived()).toEqual([
        expect.objectContaining({
          kind: 'message.received',
          oaId: page.oaId,
          customerExternalId: CUSTOMER,
          providerMessageId: id,
          text: 'Còn bàn không ạ? 🍜 a/b',
        }),
      ]);
    });

    it('tell of a picture, which Polydesk can fetch', async () => {
      const page = desk.page({ platform, isSubscribed: true });
      const bytes = Buffer.from('as good as a picture');
      const picture = { type: 'image', contentType: 'image/png', base64: bytes.toString('base64') };
      await desk.customer(platform, page.oaId, CUSTOMER).writes({ attachments: [picture] });
      const [event] = await arrived();
      const [attachment] = event?.kind === 'message.received' ? event.attachments : [];
      if (!attachment) throw new Error('No attachment has come');
      const where = await CHANNELS[platform].media(attachment, accessTo(page), appOf(platform), http);
      const file = await http.download(where?.url ?? '', 1000, where?.headers);
      expect({ ...file, bytes: Buffer.from(file.bytes) }).toEqual({ bytes, contentType: 'image/png' });
    });

    it('take an answer, show it to the customer, and tell of its way', async () => {
      const page = desk.page({ platform, isSubscribed: true });
      const customer = desk.customer(platform, page.oaId, CUSTOMER);
      const id = await send(page, { id: OURS, text: 'Dạ còn ạ' });
      expect(await customer.hears('Dạ còn ạ')).toMatchObject({ id, from: 'page' });
      const delivered = (await arrived()).filter(({ kind }) => kind === 'messages.delivered');
      expect(delivered).toMatchObject([{ oaId: page.oaId, customerExternalId: CUSTOMER, providerMessageIds: [id] }]);
      await customer.reads();
      expect(await arrived()).toMatchObject([{ kind: 'messages.read', customerExternalId: CUSTOMER }]);
      expect(desk.sent(page.oaId)).toMatchObject([{ id, customer: CUSTOMER, text: 'Dạ còn ạ' }]);
    });

    it('send again what was not answered with 200, byte for byte, until it is', async () => {
      const page = desk.page({ platform, isSubscribed: true });
      polydesk.statuses.push(500, 503);
      await desk.customer(platform, page.oaId, CUSTOMER).writes('Anybody?');
      await desk.settled();
      const bodies = polydesk.take().map(({ bytes }) => bytes.toString());
      expect(bodies).toHaveLength(3);
      expect(new Set(bodies).size).toBe(1);
      expect(desk.webhooks()).toMatchObject([{ attempts: 3, state: 'accepted', status: 200 }]);
    });

    it('try the address as their consoles do', async () => {
      const answer = await fetch(`${desk.url}/control/webhooks/${platform}/verify`, { method: 'POST' });
      expect(await answer.json()).toEqual({ isVerified: true });
      const [tried] = polydesk.take();
      if (platform === 'zalo') expect(CHANNELS.zalo.isProbe(tried?.bytes ?? Buffer.alloc(0))).toBe(true);
      else expect(CHANNELS[platform].answerHandshake(queryOf(tried?.path ?? ''), appOf(platform))).toMatch(/^\d+$/);
    });

    it('take nothing by a token that has died', async () => {
      const page = desk.page({ platform });
      desk.killToken(page.oaId);
      expect(await refusedBy(send(page))).toMatchObject({
        kind: 'token',
        code: platform === 'zalo' ? '-216' : '190/460',
      });
      const renewed = desk.renewToken(page.oaId);
      await send(renewed);
      expect(desk.sent()).toHaveLength(1);
    });

    it('take nothing once their window has closed', async () => {
      const page = desk.page({ platform });
      const at = new Date(Date.now() - (platform === 'zalo' ? 8 * 24 : 25) * HOUR_MS);
      await desk.customer(platform, page.oaId, CUSTOMER).writes({ text: 'Long ago', at });
      const code = { facebook: '10/2018278', whatsapp: '131047', zalo: '-230' }[platform];
      expect(await refusedBy(send(page))).toMatchObject({ kind: 'message', code });
    });

    it('break off before or after they did it, and answer as a gateway would', async () => {
      const page = desk.page({ platform });
      desk.fault({ drop: 'before' });
      await expect(send(page)).rejects.toThrow(NoAnswerError);
      expect(desk.sent()).toHaveLength(0);
      desk.fault({ platform, drop: 'after' });
      await expect(send(page)).rejects.toThrow(NoAnswerError);
      expect(desk.sent()).toHaveLength(1);
      desk.fault({ page: page.oaId, status: 502, retryAfter: 3 });
      expect(await refusedBy(send(page))).toMatchObject({ kind: 'transient', code: 'http_502', retryAfterMs: 3000 });
      expect(desk.sent()).toHaveLength(1);
    });

    it('are slow where they are asked to, and only as often', async () => {
      const page = desk.page({ platform });
      desk.fault({ slowMs: 150, times: 2 });
      const took: boolean[] = [];
      for (let turn = 0; turn < 3; turn += 1) {
        const before = performance.now();
        await send(page);
        took.push(performance.now() - before >= 145);
      }
      expect(took.slice(0, 2)).toEqual([true, true]);
      expect(desk.sent()).toHaveLength(3);
    });

    it('are flaky in the share that was asked for', async () => {
      const page = desk.page({ platform });
      desk.flaky(40);
      const results = [];
      for (let turn = 0; turn < 20; turn += 1)
        results.push(
          await send(page).then(
            () => 'sent',
            () => 'failed',
          ),
        );
      expect(results.filter((result) => result === 'failed')).toHaveLength(8);
      expect(desk.sent()).toHaveLength(12);
    });
  });

  it('tell of nothing on a page that nobody has subscribed to, and of all once somebody has', async () => {
    for (const platform of ['facebook', 'whatsapp'] as const) {
      const page = desk.page({ platform });
      const [channel, access] = [CHANNELS[platform], accessTo(page)];
      await desk.customer(platform, page.oaId, CUSTOMER).writes('Too early');
      expect(await arrived()).toEqual([]);
      await channel.subscribe(access, appOf(platform), http);
      expect(desk.isTold(page.oaId)).toBe(true);
      await desk.customer(platform, page.oaId, CUSTOMER).writes('Now');
      expect(await arrived()).toMatchObject([{ kind: 'message.received', text: 'Now' }]);
      await channel.unsubscribe(access, appOf(platform), http);
      await desk.customer(platform, page.oaId, CUSTOMER).writes('Too late');
      expect(await arrived()).toEqual([]);
    }
  });

  it('hand back our own id with the echo of Messenger, and echo what goes out on Zalo', async () => {
    const [page, oa] = [desk.facebookPage({ isSubscribed: true }), desk.oa()];
    const ids = [await send(page, { id: OURS, text: 'One' }), await send(oa, { text: 'Two' })];
    const echoes = (await arrived()).filter(({ kind }) => kind === 'message.echoed');
    expect(echoes).toHaveLength(2);
    expect(echoes.find(({ oaId }) => oaId === page.oaId)).toMatchObject({
      providerMessageId: ids[0],
      ownMessageId: OURS,
    });
    expect(echoes.find(({ oaId }) => oaId === oa.oaId)).toMatchObject({ providerMessageId: ids[1], text: 'Two' });
  });

  it('echo a message of Messenger even where its answer was lost', async () => {
    const page = desk.facebookPage({ isSubscribed: true });
    desk.fault({ drop: 'after' });
    await expect(send(page, { id: OURS })).rejects.toThrow(NoAnswerError);
    expect(await arrived()).toContainEqual(expect.objectContaining({ kind: 'message.echoed', ownMessageId: OURS }));
  });

  it('say later that WhatsApp could not deliver', async () => {
    const number = desk.number({ isSubscribed: true });
    desk.fault({ code: 131026, isLater: true });
    const id = await send(number);
    const events = await arrived();
    expect(events).toMatchObject([{ kind: 'message.failed', providerMessageId: id, failure: { code: '131026' } }]);
    expect(desk.sent()).toHaveLength(1);
  });

  it('tell what customers do with messages', async () => {
    const [page, number, oa] = [
      desk.facebookPage({ isSubscribed: true }),
      desk.number({ isSubscribed: true }),
      desk.oa(),
    ];
    for (const { platform, oaId } of [page, number, oa]) {
      const customer = desk.customer(platform, oaId, CUSTOMER);
      const id = await customer.writes('Helo');
      await customer.reacts(id, '❤️');
      await customer.reacts(id, null);
      await customer.edits(id, 'Hello');
      await customer.deletes(id);
      const about = { customerExternalId: CUSTOMER, providerMessageId: id };
      const [, ...later] = await arrived();
      expect(later).toMatchObject([
        { kind: 'message.reacted', ...about, emoji: '❤️' },
        { kind: 'message.reacted', ...about, emoji: null },
        ...(platform === 'zalo'
          ? []
          : [
              { kind: 'message.edited', ...about, text: 'Hello' },
              { kind: 'message.deleted', ...about },
            ]),
      ]);
    }
  });

  it('tell what customers press', async () => {
    const [page, number] = [desk.facebookPage({ isSubscribed: true }), desk.number({ isSubscribed: true })];
    const quickReplies = [
      { title: 'Yes', payload: 'YES' },
      { title: 'No', payload: 'NO' },
    ];
    for (const at of [page, number]) {
      await send(at, { text: 'A table?', quickReplies });
      const customer = desk.customer(at.platform, at.oaId, CUSTOMER);
      const { buttons } = await customer.hears('A table?');
      expect(buttons).toEqual(quickReplies);
      await arrived();
      await customer.writes({ pressed: quickReplies[0]! });
      expect(await arrived()).toMatchObject([
        { kind: 'message.received', text: 'Yes', metadata: { quickReply: 'YES' } },
      ]);
    }
    await desk.customer('facebook', page.oaId, CUSTOMER).presses({ title: 'Get started', payload: 'START' });
    expect(await arrived()).toMatchObject([{ kind: 'message.received', text: 'Get started' }]);
  });

  it('tell who follows, who does not, and who wants to be forgotten', async () => {
    const [number, oa] = [desk.number({ isSubscribed: true }), desk.oa()];
    for (const { platform, oaId } of [number, oa]) {
      const customer = desk.customer(platform, oaId, CUSTOMER);
      await customer.follows();
      await customer.unfollows();
      expect(await arrived()).toMatchObject([{ kind: 'customer.subscribed' }, { kind: 'customer.unsubscribed' }]);
    }
    await desk.customer('zalo', oa.oaId, CUSTOMER).withdraws();
    expect(await arrived()).toMatchObject([{ kind: 'customer.withdrew', oaId: oa.oaId, customerExternalId: CUSTOMER }]);
  });

  it('know people of WhatsApp who tell no number', async () => {
    const number = desk.number({ isSubscribed: true });
    await desk.customer('whatsapp', number.oaId, 'US.13491208655302741918').writes('Hi');
    expect(await arrived()).toMatchObject([
      { kind: 'message.received', customerExternalId: 'US.13491208655302741918' },
    ]);
  });

  it('list pages a few at a time, with tokens that open them', async () => {
    const pages = ['One', 'Two', 'Three', 'Four', 'Five'].map((name) => desk.facebookPage({ name }));
    const found = await pagesOf(DEMO_USER_TOKEN, appOf('facebook'), http);
    expect(found.map(({ oaId, accessToken }) => [oaId, accessToken])).toEqual(
      pages.map(({ oaId, accessToken }) => [oaId, accessToken]),
    );
    const dead = pages[1]!;
    desk.killToken(dead.oaId);
    const again = (await pagesOf(DEMO_USER_TOKEN, appOf('facebook'), http)).find(({ oaId }) => oaId === dead.oaId);
    expect(again?.accessToken).not.toBe(dead.accessToken);
    await send({ ...dead, accessToken: again?.accessToken ?? '' });
    expect(await refusedBy(pagesOf('a stranger', appOf('facebook'), http))).toMatchObject({ kind: 'token' });
  });

  it('list the numbers of a WhatsApp account, by its token only', async () => {
    const first = desk.number({ token: 'system-user' });
    const businessId = first.businessId ?? '';
    desk.number({ businessId, token: 'system-user' });
    const other = desk.number();
    const found = await numbersOf({ accessToken: 'system-user', businessId }, appOf('whatsapp'), http);
    expect(found).toHaveLength(2);
    const foreign = { accessToken: other.accessToken, businessId };
    expect(await refusedBy(numbersOf(foreign, appOf('whatsapp'), http))).toMatchObject({ code: '200' });
  });

  it('say who somebody is, and what a page is', async () => {
    const [page, oa] = [desk.facebookPage(), desk.oa({ name: 'Bếp Nhà Lan' })];
    desk.desk.profiles.give(CUSTOMER, { name: 'Lê Minh Châu', avatarUrl: null });
    for (const at of [page, oa]) {
      const profile = await CHANNELS[at.platform].profile(CUSTOMER, accessTo(at), appOf(at.platform), http);
      expect(profile).toMatchObject({ displayName: 'Lê Minh Châu' });
    }
    expect(await accountOf(oa.accessToken, appOf('zalo'), http)).toMatchObject({ oaId: oa.oaId, name: 'Bếp Nhà Lan' });
  });

  it('note typing and reading', async () => {
    const [page, number] = [desk.facebookPage(), desk.number()];
    const providerMessageId = await desk.customer('whatsapp', number.oaId, CUSTOMER).writes('Hello?');
    for (const at of [page, number])
      for (const signal of ['typing', 'read'] as const) {
        const to = { customerExternalId: CUSTOMER, providerMessageId };
        await CHANNELS[at.platform].signal(signal, to, accessTo(at), appOf(at.platform), http);
      }
    expect(desk.signals(page.oaId).map(({ signal }) => signal)).toEqual(['typing_on', 'mark_seen']);
    expect(desk.signals(number.oaId)).toMatchObject([
      { signal: 'mark_seen', customer: CUSTOMER },
      { signal: 'typing_on' },
      { signal: 'mark_seen' },
    ]);
    expect(desk.sent()).toHaveLength(0);
  });

  it('take pictures, files and templates', async () => {
    const [page, number, oa] = [desk.facebookPage(), desk.number(), desk.oa()];
    const pdf = desk.desk.files.add({ name: 'menu.pdf', contentType: 'application/pdf', bytes: Buffer.from('%PDF') });
    const file = { type: 'file' as const, url: desk.desk.files.urlOf(pdf), title: 'menu.pdf' };
    for (const at of [page, number, oa]) {
      await send(at, { text: null, attachments: [file] });
      const [sent] = desk.sent(at.oaId);
      const bytes = await http.download(sent?.attachments[0]?.url ?? '', 100);
      expect(Buffer.from(bytes.bytes).toString()).toBe('%PDF');
    }
    const template = { name: 'order_ready', language: 'vi', components: [] };
    await desk.customer('whatsapp', number.oaId, CUSTOMER).writes({ text: 'Long ago', at: new Date(0) });
    await send(number, { text: null, template });
    expect(desk.sent(number.oaId)[1]?.template).toMatchObject({ name: 'order_ready', language: { code: 'vi' } });
  });

  it('take Messenger messages by tag for a week, by no other tag', async () => {
    const page = desk.facebookPage();
    const customer = desk.customer('facebook', page.oaId, CUSTOMER);
    await customer.writes({ text: 'Days ago', at: new Date(Date.now() - 48 * HOUR_MS) });
    await send(page, { tag: 'HUMAN_AGENT' });
    expect(desk.sent()).toMatchObject([{ tag: 'HUMAN_AGENT' }]);
    expect(await refusedBy(send(page, { tag: 'ACCOUNT_UPDATE' }))).toMatchObject({ kind: 'message', code: '100' });
  });

  it('refuse a Messenger token without its proof where one is given', async () => {
    const page = desk.facebookPage();
    const app = { ...appOf('facebook'), appSecret: 'another' };
    expect(await refusedBy(facebookChannel.send(outgoing(), accessTo(page), app, http))).toMatchObject({ code: '100' });
  });

  describe("Zalo's OAuth", () => {
    const permit = async (verifier: string, query = '') => {
      const url = authorizationUrl(appOf('zalo'), 'http://polydesk.example/callback', 'a state', challengeOf(verifier));
      const answer = await fetch(`${url}${query}`, { redirect: 'manual' });
      return new URL(answer.headers.get('location') ?? '').searchParams;
    };

    it('gives a pair of tokens for a code, once, and to nobody without its verifier', async () => {
      const oa = desk.oa();
      const verifier = makeVerifier();
      const back = await permit(verifier, `&oa_id=${oa.oaId}`);
      expect([back.get('oa_id'), back.get('state')]).toEqual([oa.oaId, 'a state']);
      const tokens = await exchange(back.get('code') ?? '', verifier, appOf('zalo'), http);
      expect(tokens).toMatchObject({ expiresInSeconds: 90_000, refreshToken: expect.any(String) });
      await send({ ...oa, accessToken: tokens.accessToken });
      expect(await refusedBy(send(oa))).toMatchObject({ kind: 'token', code: '-216' });
      expect(await refusedBy(exchange(back.get('code') ?? '', verifier, appOf('zalo'), http))).toMatchObject({
        kind: 'token',
      });
      const stolen = (await permit(verifier)).get('code') ?? '';
      expect(await refusedBy(exchange(stolen, makeVerifier(), appOf('zalo'), http))).toMatchObject({ kind: 'token' });
    });

    it('takes a refresh token once; the access token before is dead at once', async () => {
      const oa = desk.oa();
      desk.expireToken(oa.oaId);
      expect(await refusedBy(send(oa))).toMatchObject({ kind: 'token', code: '-220' });
      const tokens = await refresh(oa.refreshToken ?? '', appOf('zalo'), http);
      await send({ ...oa, accessToken: tokens.accessToken });
      expect(await refusedBy(refresh(oa.refreshToken ?? '', appOf('zalo'), http))).toMatchObject({ kind: 'token' });
      await refresh(tokens.refreshToken ?? '', appOf('zalo'), http);
      expect(await refusedBy(send({ ...oa, accessToken: tokens.accessToken }))).toMatchObject({ code: '-216' });
    });

    it('refuses another app, and a token that was killed', async () => {
      const oa = desk.oa();
      const stranger = { ...appOf('zalo'), appSecret: 'guessed' };
      expect(await refusedBy(refresh(oa.refreshToken ?? '', stranger, http))).toMatchObject({ code: '-14002' });
      desk.killToken(oa.oaId);
      expect(await refusedBy(refresh(oa.refreshToken ?? '', appOf('zalo'), http))).toMatchObject({ kind: 'token' });
    });

    it('lets a person choose among several accounts', async () => {
      const [first] = [desk.oa({ name: 'One & only' }), desk.oa()];
      const url = authorizationUrl(appOf('zalo'), 'http://polydesk.example/callback', 's', challengeOf(makeVerifier()));
      const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
      expect(page).toContain('One &amp; only');
      expect(page).toContain(`oa_id=${first.oaId}`);
    });
  });

  describe('refuse on demand', () => {
    const bodyOf = async ({ platform, oaId, accessToken }: DeskPage) => {
      const path = platform === 'zalo' ? 'zalo/v3.0/oa/message/cs' : `graph/v25.0/${oaId}/messages`;
      const headers = new Headers({ 'content-type': 'application/json' });
      if (platform === 'zalo') headers.set('access_token', accessToken);
      else headers.set('authorization', `Bearer ${accessToken}`);
      const answer = await fetch(`${desk.url}/${path}`, { method: 'POST', headers, body: '{}' });
      return { status: answer.status, body: JSON.parse(await answer.text()) };
    };

    it.each(Object.keys(META_CODES).map(Number))("with Meta's code %d in Meta's shape", async (code) => {
      for (const page of [desk.facebookPage(), desk.number()]) {
        desk.fault({ page: page.oaId, code, subcode: 2018001 });
        const { status, body } = await bodyOf(page);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(body.error).toMatchObject({ code, error_subcode: 2018001, type: 'OAuthException' });
        expect(body.error.message).toMatch(new RegExp(`^\\(#${code}\\) \\w`));
        if (page.platform === 'whatsapp') expect(body.error.error_data.details).toMatch(/\w/);
        if ([1, 2, 1200].includes(code)) expect(body.error.is_transient).toBe(true);
      }
    });

    it.each(Object.keys(ZALO_CODES).map(Number))("with Zalo's code %d in Zalo's shape", async (code) => {
      desk.fault({ platform: 'zalo', code });
      expect(await bodyOf(desk.oa())).toEqual({ status: 200, body: { error: code, message: ZALO_CODES[code] } });
    });

    it('only what was named', async () => {
      const page = desk.facebookPage();
      desk.fault({ on: 'profile', code: 100, subcode: 2018218 });
      desk.fault({ path: '/subscribed_apps', code: 200 });
      await send(page);
      expect(await refusedBy(facebookChannel.subscribe(accessTo(page), appOf('facebook'), http))).toMatchObject({
        code: '200',
      });
      expect(await facebookChannel.profile(CUSTOMER, accessTo(page), appOf('facebook'), http)).toBeNull();
      expect(await facebookChannel.profile(CUSTOMER, accessTo(page), appOf('facebook'), http)).not.toBeNull();
    });
  });

  it.each(['oa-key body', 'oa-key header', 'app-secret body', 'app-secret header'] as const)(
    'sign for Zalo in the way %s',
    async (signature) => {
      const { zalo } = desk.desk.settings;
      desk.desk.settings.zalo = { ...zalo, signature };
      await desk.customer('zalo', desk.oa().oaId, CUSTOMER).writes('Xin chào');
      desk.desk.settings.zalo = zalo;
      const [{ bytes, headers } = { bytes: Buffer.alloc(0), headers: {} }] = polydesk.take();
      expect(zaloChannel.signatureOf(bytes, headers, appOf('zalo'))).toBe(signature);
    },
  );

  describe('are controlled over HTTP', () => {
    const control = async (path: string, body?: object, method = body ? 'POST' : 'GET') => {
      const answer = await fetch(`${desk.url}/control${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body ? JSON.stringify(body) : null,
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
    };

    it('where a customer writes, presses, reads and takes back, and sees both sides', async () => {
      const page = (await control('/pages', { platform: 'facebook', name: 'Mây', isSubscribed: true })).body;
      const customer = `/customers/facebook/${page.oaId}/${CUSTOMER}`;
      const { id } = (await control(`${customer}/messages`, { text: 'Hi' })).body;
      await send(desk.current(page.oaId), { text: 'Hello' });
      for (const [act, body] of [
        ['read', {}],
        ['reactions', { messageId: id, emoji: '👍' }],
        ['edits', { messageId: id, text: 'Hi there' }],
      ] as const)
        expect((await control(`${customer}/${act}`, body)).status).toBe(204);
      const conversation = await control(`/conversations/facebook/${page.oaId}/${CUSTOMER}`);
      expect(conversation.body).toMatchObject([
        { id, from: 'customer', text: 'Hi there', edits: 1, reactions: { customer: '👍' } },
        { from: 'page', text: 'Hello', status: 'read' },
      ]);
      await control(`${customer}/deletions`, { messageId: id });
      await control(`${customer}/postbacks`, { title: 'Start', payload: 'START' });
      await control(`${customer}/profile`, { name: 'Châu' });
      expect(desk.desk.profiles.of(CUSTOMER).name).toBe('Châu');
      expect((await control(`/customers/facebook/nowhere/1/messages`, { text: 'Hi' })).status).toBe(404);
      expect((await control(`${customer}/edits`, { messageId: 'none', text: 'x' })).status).toBe(404);
    });

    it('where faults, tokens, logs and a fresh start can be had', async () => {
      const page = desk.oa();
      const path = `/tokens/zalo/${page.oaId}`;
      await control('/faults', { code: -32, times: 'always' });
      expect(await refusedBy(send(page))).toMatchObject({ kind: 'throttled' });
      await control('/faults', undefined, 'DELETE');
      await send(page);
      await control('/flaky', { percent: 100 });
      await expect(send(page)).rejects.toThrow();
      await control('/flaky', { percent: 0 });
      expect((await control('/sent')).body).toMatchObject([{ page: page.oaId, text: 'Hello' }]);
      await control(`${path}/expire`, {});
      expect(await refusedBy(send(page))).toMatchObject({ code: '-220' });
      await control(`${path}/kill`, {});
      const { accessToken } = (await control(`${path}/renew`, {})).body;
      await send({ ...page, accessToken });
      await desk.settled();
      const [first] = (await control('/webhooks')).body;
      await control(`/webhooks/${first.id}/repeat`, {});
      expect(polydesk.received.filter(({ bytes }) => bytes.toString() === first.bytes)).toHaveLength(2);
      await control('/reset', {});
      expect([(await control('/sent')).body, (await control('/pages')).body]).toEqual([[], []]);
    });

    it('where any other body goes out signed', async () => {
      const change = { field: 'account_update', value: { event: 'PARTNER_REMOVED' } };
      await control('/webhooks/whatsapp', {
        object: 'whatsapp_business_account',
        entry: [{ id: '1', changes: [change] }],
      });
      expect(await arrived()).toMatchObject([{ kind: 'account.removed', oaId: '1' }]);
    });
  });

  it('have the demo organizations, pages to connect, and a page to write on, for a newcomer', async () => {
    const { desk: newcomers, stop } = await startProviders(
      desk.desk.settings,
      { host: 'localhost', port: 0 },
      seedDemoPages,
    );
    try {
      const page = await (await fetch(newcomers.url)).text();
      expect(page).toContain('<title>Providers on the desk</title>');
      expect(page).not.toMatch(/(src|href)="http/);
      expect(newcomers.accounts.find('102938475610293')).toMatchObject({ accessToken: 'demo-token-102938475610293' });
      expect(newcomers.accounts.find('564738291056473')?.fields.has('messages')).toBe(true);
      expect(
        [newcomers.accounts.of('facebook'), newcomers.accounts.of('whatsapp'), newcomers.accounts.of('zalo')].map(
          ({ length }) => length,
        ),
      ).toEqual([5, 2, 2]);
    } finally {
      await stop();
    }
  });

  it('start by a command, with the secrets of the Polydesk of this machine', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'polydesk-test-desk-'));
    const { line, env } = fromSource('src/cli.ts', { DATA_DIR: directory });
    const options = ['providers', '--port', '0', '--polydesk', polydesk.url];
    const child = spawn(process.execPath, [...line, ...options], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [said] = await once(child.stdout, 'data');
      const url = /http:\/\/localhost:\d+/.exec(String(said))?.[0] ?? '';
      const customer = `${url}/control/customers/zalo/2893352839501541173/${CUSTOMER}`;
      const headers = { 'content-type': 'application/json' };
      await fetch(`${customer}/messages`, { method: 'POST', headers, body: '{"text":"Hi"}' });
      const [{ bytes, headers: sent } = { bytes: Buffer.alloc(0), headers: {} }] = polydesk.take();
      const { ZALO_APP_ID, ZALO_OA_SECRET_KEY } = Config.from({ DATA_DIR: directory }).settings;
      const app = { ...appOf('zalo'), appId: ZALO_APP_ID, webhookSecret: ZALO_OA_SECRET_KEY };
      expect(zaloChannel.signatureOf(bytes, sent, app)).toBe('oa-key body');
    } finally {
      child.kill('SIGINT');
      if (child.exitCode === null) expect(await once(child, 'exit')).toEqual([0, null]);
      rmSync(directory, { recursive: true });
    }
  }, 90_000);

  it('do not start in production', async () => {
    const { code, output } = await runCli(['providers'], {
      ENVIRONMENT: 'production',
      JWT_SECRET: randomBytes(48).toString('base64'),
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    });
    expect([code, output]).toEqual([1, 'The providers on the desk are for development, not for production\n']);
  }, 90_000);
});

function outgoing(message: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    id: OURS,
    customerExternalId: CUSTOMER,
    text: 'Hello',
    attachments: [],
    quickReplies: [],
    template: null,
    tag: null,
    replyTo: null,
    ...message,
  };
}

function queryOf(path: string): Record<string, string> {
  return Object.fromEntries(new URL(path, 'http://here').searchParams);
}
