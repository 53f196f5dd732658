import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest, RequestPayload, RouteOptions } from 'fastify';
import { AppError } from './app-error.js';

type Continue = (error: null, payload: RequestPayload) => void;

/** The body of this route is a file, as its bytes. It is left unread until the handler asks {@link readFile} for it. */
export function FileBody(): MethodDecorator {
  const schema = { type: 'string', format: 'binary' };
  return applyDecorators(
    RouteConfig({ fileBody: true }),
    ApiConsumes('*/*'),
    ApiBody({ description: 'The bytes of the file; Content-Type says what it is', schema }),
  );
}

/** Keeps Fastify from reading the bodies of a route: it would take in a whole file before anybody knows who sends it. */
export function leaveUnread(route: RouteOptions): void {
  route.bodyLimit = Number.MAX_SAFE_INTEGER; // Whoever reads it has the limit.
  route.preParsing = giveNothing;
}

/** How many bytes the client says that it sends; null where it does not say. */
export function saidLength({ headers }: IncomingMessage): number | null {
  const length = headers['content-length'];
  return length === undefined ? null : Number(length);
}

/**
 * All of the file. 413 `too_large` as soon as it is known to have more than `mostBytes`, 422 where it has none, 400 where the
 * client breaks off.
 */
export async function readFile(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  try {
    const file = await readAtMost(request, mostBytes);
    if (file.length > 0) return file;
  } catch (error) {
    request.resume(); // Whoever is still sending gets to hear why it is refused.
    throw error instanceof AppError ? error : AppError.malformed('The file did not arrive whole');
  }
  throw AppError.invalidField('', 'must be the bytes of a file');
}

async function readAtMost(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  assertFits(saidLength(request) ?? 0, mostBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer; // A request has no encoding set.
    length += bytes.length;
    assertFits(length, mostBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}

function assertFits(length: number, mostBytes: number): void {
  const megabytes = Math.floor(mostBytes / 1024 / 1024);
  if (length > mostBytes) throw new AppError('too_large', 413, `The file is larger than ${megabytes} MB`);
}

/** Fastify holds what it has read against Content-Length, unless the stream says for itself how long it was. */
function giveNothing(request: FastifyRequest, _reply: FastifyReply, _body: RequestPayload, done: Continue): void {
  done(null, Object.assign(Readable.from([]), { receivedEncodedLength: saidLength(request.raw) ?? 0 }));
}
