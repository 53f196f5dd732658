import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JsonObject } from '../channels/json.js';
import { messageOf } from '../platform/errors/thrown.js';
import { objectIn } from './fields.js';

/** A file of a multipart body. */
export interface Upload {
  name: string;
  contentType: string;
  bytes: Buffer;
}

const uploads = new WeakMap<object, Upload>();

/** Bodies as Meta and Zalo take them: JSON, forms, and forms with a file. All of them become an object. */
export function parseBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request: FastifyRequest, text: string) =>
    Promise.resolve(text === '' ? {} : parsed(text)),
  );
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(text)))),
  );
  app.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (request: FastifyRequest, bytes: Buffer) =>
    multipart(bytes, request.headers['content-type'] ?? ''),
  );
}

/** The fields of a request's body, whatever it came as. */
export function bodyOf({ body }: { body: unknown }): JsonObject {
  return objectIn(body);
}

/** The file that came with a request. */
export function uploadIn({ body }: { body: unknown }): Upload | undefined {
  return typeof body === 'object' && body !== null ? uploads.get(body) : undefined;
}

/** The JSON of a body. Throws a SyntaxError with status 400. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw Object.assign(new SyntaxError(messageOf(error)), { statusCode: 400 });
  }
}

async function multipart(bytes: Buffer, contentType: string): Promise<JsonObject> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  const fields: JsonObject = {};
  for (const [name, value] of form)
    if (typeof value === 'string') fields[name] = value;
    else
      uploads.set(fields, { name: value.name, contentType: value.type, bytes: Buffer.from(await value.arrayBuffer()) });
  return fields;
}
