import type { FastifyInstance, FastifyReply } from 'fastify';
import { DESK_PLATFORMS } from './accounts.js';
import type { DeskPage, DeskPlatform, NewPage } from './accounts.js';
import { bodyOf } from './bodies.js';
import type { ProviderDesk } from './desk.js';
import type { Fault } from './faults.js';
import { textIn } from './fields.js';
import { verifyAddress } from './handshake.js';
import { NotKnownError } from './not-known.error.js';

interface PageRoute {
  Params: { platform: string; page: string };
}

/** What no provider has: making pages, breaking things, and looking at what happened. */
export function addControlRoutes(app: FastifyInstance, desk: ProviderDesk): void {
  addPages(app, desk);
  addTokens(app, desk);
  addWebhooks(app, desk);
  app.get('/control/sent', () => desk.conversations.sent);
  app.get('/control/signals', () => desk.conversations.signals);
  app.post<{ Body: Fault }>('/control/faults', ({ body }, reply) => done(reply, () => desk.faults.add(body)));
  app.delete('/control/faults', (_request, reply) => done(reply, () => desk.faults.clear()));
  app.post<{ Body: { percent: number } }>('/control/flaky', ({ body }, reply) =>
    done(reply, () => desk.faults.setFlaky(body.percent)),
  );
  app.post('/control/reset', (_request, reply) => done(reply, () => desk.reset()));
  app.post<{ Body: { url: string } }>('/control/polydesk', ({ body }, reply) =>
    done(reply, () => desk.pointAt(body.url)),
  );
}

/** The page that an address names. Throws where there is none. */
export function pageAt(desk: ProviderDesk, { platform, page: oaId }: { platform: string; page: string }): DeskPage {
  const page = desk.accounts.find(oaId);
  if (page?.platform === platform) return page;
  throw new NotKnownError(`There is no page ${oaId} of ${platform} on the desk`);
}

function addPages(app: FastifyInstance, desk: ProviderDesk): void {
  app.get('/control/pages', () => desk.accounts.all().map((page) => shown(desk, page)));
  app.post<{ Body: NewPage }>('/control/pages', ({ body }, reply) => {
    if (!isPlatform(body.platform)) throw new NotKnownError(`platform must be one of ${DESK_PLATFORMS.join(', ')}`);
    return reply.code(201).send(shown(desk, desk.accounts.add(body)));
  });
}

function addTokens(app: FastifyInstance, desk: ProviderDesk): void {
  const tokens = '/control/tokens/:platform/:page';
  app.post<PageRoute>(`${tokens}/kill`, ({ params }, reply) => done(reply, () => desk.killToken(pageAt(desk, params))));
  app.post<PageRoute>(`${tokens}/expire`, ({ params }, reply) =>
    done(reply, () => desk.expireToken(pageAt(desk, params))),
  );
  app.post<PageRoute>(`${tokens}/renew`, ({ params }) => {
    const { oaId } = pageAt(desk, params);
    const { accessToken, refreshToken } = desk.accounts.renew(oaId) ?? pageAt(desk, params);
    return { accessToken, refreshToken };
  });
}

function addWebhooks(app: FastifyInstance, desk: ProviderDesk): void {
  app.get('/control/webhooks', () => desk.webhooks.deliveries);
  app.post<{ Params: { id: string } }>('/control/webhooks/:id/repeat', async ({ params }) => {
    const delivery = desk.webhooks.deliveries.find(({ id }) => id === params.id);
    if (!delivery) throw new NotKnownError('There was no such webhook');
    await desk.webhooks.repeat(delivery);
    return delivery;
  });
  app.post<{ Params: { platform: string } }>('/control/webhooks/:platform', async (request) => {
    const { platform } = request.params;
    if (!isPlatform(platform)) throw new NotKnownError(`There is no ${platform}`);
    return desk.webhooks.send(platform, bodyOf(request));
  });
  app.post<{ Params: { platform: string } }>('/control/webhooks/:platform/verify', async ({ params: { platform } }) => {
    if (!isPlatform(platform)) throw new NotKnownError(`There is no ${platform}`);
    return { isVerified: await verifyAddress(desk.settings, platform) };
  });
}

function shown(desk: ProviderDesk, page: DeskPage) {
  const { platform, oaId, name, businessId, accessToken, refreshToken } = page;
  const isTold = desk.accounts.isTold(page, 'messages');
  const isTokenAlive = desk.accounts.tokens.deathOf(accessToken) === null;
  return { platform, oaId, name, businessId, accessToken, refreshToken, isTokenAlive, isTold };
}

function isPlatform(platform: unknown): platform is DeskPlatform {
  return DESK_PLATFORMS.some((known) => known === textIn(platform));
}

function done(reply: FastifyReply, work: () => void): FastifyReply {
  work();
  return reply.code(204).send();
}
