import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../context/org-context.js';
import { logRequest } from '../logging/logger.js';
import { metrics } from '../metrics/metrics.js';
import { AppError } from './app-error.js';
import { refuseConnection } from './client-error.js';
import { toEnvelope } from './error.filter.js';
import { leaveUnread } from './file-body.js';
import { NO_ROUTE, traceRequests } from './request-spans.js';

const BODY_LIMIT_BYTES = 1024 * 1024;
/**
 * A provider gathers up to 1,000 events in one body, and sends one that is refused again for days.
 * Source: Graph API, "Getting started with webhooks".
 */
const WEBHOOK_BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** How long a whole request may take to arrive: the largest body at 50 KB/s. Whoever is slower only holds a connection. */
const REQUEST_TIMEOUT_MS = 20_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How often connections are looked at for that. */
const CHECKING_INTERVAL_MS = 2_000;
const LOOK_FOR_IDLE_MS = 50;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

declare module 'fastify' {
  interface FastifyRequest {
    orgContext: OrgContext | null;
  }
  interface FastifyContextConfig {
    /** The body stays as it came: a webhook's signature is over its bytes. */
    rawBody?: true;
    /** The body is a file, which the handler reads. */
    fileBody?: true;
  }
}

/** Fastify as Polydesk wants it: request ids, one context per request, JSON bodies, one log line a request. */
export function httpAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: ({ headers }: IncomingMessage) => acceptedId(headers['x-request-id']) ?? uuidv7(),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: refusePath,
    clientErrorHandler: refuseConnection,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CHECKING_INTERVAL_MS },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  fastify.decorateRequest('orgContext', null);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.rawBody) route.bodyLimit = WEBHOOK_BODY_LIMIT_BYTES;
    if (route.config?.fileBody) leaveUnread(route);
  });
  traceRequests(fastify);
  fastify.addHook('onRequest', setHeaders);
  fastify.addHook('preHandler', runInContext);
  fastify.addHook('onResponse', noteRequest);
  letGoWhenIdle(fastify);
  readBodies(fastify);
  return adapter;
}

function acceptedId(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : null;
}

/** A path that cannot be decoded, or with an id beyond all length, names nothing. The router says so before any hook runs. */
function refusePath(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id).status(404).send(toEnvelope(AppError.notFound(), request.id));
}

/** Answers hold tokens, keys and customers' words: no browser and no proxy on the way stores them. Source: RFC 6749, 5.1. */
function setHeaders(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  void reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' });
  done();
}

/** After the body is read: the stream's events would not carry the context along. */
function runInContext(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const context = new OrgContext({
    requestId: request.id,
    ip: request.ip,
    userAgent: request.headers['user-agent'] ?? null,
  });
  request.orgContext = context;
  OrgContext.run(context, done);
}

/**
 * While the server closes, connections are closed as they fall idle. Node closes those that are idle at first, and then waits
 * for the others until their clients let go of them, or for Fastify's 72 s.
 */
function letGoWhenIdle(fastify: FastifyInstance): void {
  let looking: NodeJS.Timeout | undefined;
  fastify.addHook('preClose', (done) => {
    looking = setInterval(() => fastify.server.closeIdleConnections(), LOOK_FOR_IDLE_MS);
    done();
  });
  fastify.addHook('onClose', (_instance, done) => {
    clearInterval(looking);
    done();
  });
}

function noteRequest(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { method, routeOptions, orgContext, id } = request;
  const { elapsedTime, statusCode: status } = reply;
  const { url: route = NO_ROUTE } = routeOptions;
  const fields: Record<string, string | number> = orgContext?.logFields ?? { requestId: id };
  logRequest(Object.assign(fields, { method, route, status, ms: Math.round(elapsedTime) }));
  metrics.countRequest(method, route, status, elapsedTime / 1_000);
  done();
}

function readBodies(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (request.routeOptions.config.rawBody) done(null, body);
    else if (body.length === 0) done(null, undefined);
    else if (isJson(request.headers['content-type']))
      void parseJson(request, body.toString('utf8'), (error, value) => done(error && malformedJson(), value));
    else done(AppError.malformed('Send JSON, with content-type: application/json'));
  });
}

function isJson(contentType = ''): boolean {
  return /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType);
}

function malformedJson(): AppError {
  return AppError.malformed('The body is not JSON that can be read');
}
