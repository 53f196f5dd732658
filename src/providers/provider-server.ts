import fastify from 'fastify';
import type { FastifyError, FastifyInstance } from 'fastify';
import { addControlRoutes } from './control.routes.js';
import { addConversationRoutes } from './conversation.routes.js';
import { ProviderDesk } from './desk.js';
import { addFileRoutes } from './file.routes.js';
import { addGraphRoutes } from './graph.routes.js';
import { parseBodies } from './bodies.js';
import { addPickerPage } from './picker.routes.js';
import type { ProviderSettings } from './provider-settings.js';
import { Refusal, refusalOf } from './refusals.js';
import { addZaloRoutes } from './zalo.routes.js';
import { addZaloOAuthRoutes } from './zalo-oauth.routes.js';

/** Each with hooks of its own. */
const PARTS = [
  addGraphRoutes,
  addZaloRoutes,
  addZaloOAuthRoutes,
  addControlRoutes,
  addConversationRoutes,
  addFileRoutes,
  addPickerPage,
];
const LARGEST_BODY = 60 * 1024 * 1024;

/** A desk that listens. */
export interface ProviderServer {
  desk: ProviderDesk;
  stop(): Promise<void>;
}

/** Starts a desk; on port 0 on any that is free. */
export async function startProviders(
  settings: ProviderSettings,
  listen: { host: string; port: number },
  seed: (desk: ProviderDesk) => void,
): Promise<ProviderServer> {
  const app = fastify({ bodyLimit: LARGEST_BODY, forceCloseConnections: true });
  const desk = new ProviderDesk(settings, seed);
  parseBodies(app);
  answerErrors(app);
  for (const add of PARTS)
    await app.register((part, _options, done) => {
      add(part, desk);
      done();
    });
  await app.listen(listen);
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listen.port;
  desk.url = `http://${listen.host === '0.0.0.0' ? 'localhost' : listen.host}:${port}`;
  return { desk, stop: () => desk.webhooks.stop().then(() => app.close()) };
}

/** Refusals in the provider's own shape; whatever else is wrong in a sentence. */
function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler(({ url }, reply) => {
    if (url.startsWith('/graph/'))
      throw refusalOf('facebook', 100, 33, 'Unsupported request. There is no such address');
    return reply.code(404).send({ message: 'There is no such address on the desk' });
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    if (error instanceof Refusal) return reply.code(error.status).headers(error.headers).send(error.body);
    return reply.code(error.statusCode ?? 500).send({ message: error.message });
  });
}
