import type { FastifyInstance } from 'fastify';
import { PICKER_PAGE } from './picker-page.js';

/** The page on which a newcomer writes as a customer. */
export function addPickerPage(app: FastifyInstance): void {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(PICKER_PAGE));
}
