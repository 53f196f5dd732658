import type { Context } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { endRequest, inContext, isTracing, requestContext } from '../tracing/tracing.js';

/** What requests that no route fits are counted and traced under. */
export const NO_ROUTE = 'none';

const spans = new WeakMap<FastifyRequest, Context>();

/** A span for each request, while traces are collected. Must come before the hooks whose work belongs to it. */
export function traceRequests(fastify: FastifyInstance): void {
  if (!isTracing()) return;
  fastify.addHook('onRequest', begin);
  fastify.addHook('preHandler', enter);
  fastify.addHook('onResponse', end);
}

function begin(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  spans.set(request, requestContext(request.method, request.headers));
  done();
}

/** After the body is read: the stream's events would not carry the span along. */
function enter(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const span = spans.get(request);
  if (span) inContext(span, done);
  else done();
}

/** The hooks after this one, the log line among them, still belong to it. Of the address only the pattern: the rest has ids and words. */
function end(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const span = spans.get(request);
  if (!span) return done();
  const { url: route = NO_ROUTE } = request.routeOptions;
  const attributes = { 'http.request.method': request.method, 'http.route': route, ...request.orgContext?.logFields };
  endRequest(span, `${request.method} ${route}`, reply.statusCode, attributes);
  inContext(span, done);
}
