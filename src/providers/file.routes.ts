import type { FastifyInstance } from 'fastify';
import type { ProviderDesk } from './desk.js';
import { tokenOf } from './graph-access.js';

/** A grey square, for everybody who has no picture. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mOsr6//DwAFggJ+Qm0MaAAAAABJRU5ErkJggg==',
  'base64',
);

/** Files as the providers hand them out: Messenger's and Zalo's to everybody, WhatsApp's to who has a token, for five minutes. */
export function addFileRoutes(app: FastifyInstance, desk: ProviderDesk): void {
  app.get('/files/picture.png', (_request, reply) => reply.type('image/png').send(PICTURE));
  app.get<{ Params: { id: string } }>('/files/:id/:name', ({ params }, reply) => {
    const file = desk.files.find(params.id);
    return file ? reply.type(file.contentType).send(file.bytes) : reply.code(404).send('URL signature expired');
  });
  app.get<{ Params: { id: string }; Querystring: { until?: string } }>('/media/:id', (request, reply) => {
    if (desk.accounts.tokens.deathOf(tokenOf(request)) !== null) return reply.code(401).send('');
    const file = desk.files.find(request.params.id);
    const isOver = Number(request.query.until) < Date.now();
    return file && !isOver ? reply.type(file.contentType).send(file.bytes) : reply.code(404).send('');
  });
}
