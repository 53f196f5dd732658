import { HttpCode, SetMetadata, applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOperation, ApiResponse, ApiSecurity, getSchemaPath } from '@nestjs/swagger';
import type { ApiResponseOptions } from '@nestjs/swagger';
import type { Permission } from '../context/permissions.js';
import { wrapAnswers } from './envelope.js';
import type { Envelope } from './envelope.js';

export interface EndpointOptions {
  /** What it does, as a short imperative sentence: the operation's summary. */
  does: string;
  /** The permission that a caller needs; of several, any one. */
  needs?: Permission | readonly Permission[];
  /** Only people may call it, not API keys. Without `needs`, any signed-in one. */
  usersOnly?: true;
  /** Anybody may call it without a credential; with `or signed in`, a credential that is sent is used. */
  public?: true | 'or signed in';
  /** What the answer holds; of several, any one. */
  returns?: Type<unknown> | readonly Type<unknown>[];
  envelope?: Envelope;
  status?: number;
  /** What vouches for a caller of a public route instead of a credential: a security scheme of the document. */
  signed?: string;
  /** Refusals of its own, by status, in words; the common ones are added. */
  refuses?: Record<number, string>;
}

export const ENDPOINT = Symbol('endpoint');

/**
 * Composes a route's permission, status, envelope and OpenAPI entry; stands directly above the method. A route without it is
 * closed: 403.
 */
export function Endpoint(options: EndpointOptions): MethodDecorator {
  const status = options.status ?? 200;
  return applyDecorators(
    wrapAnswers(options.envelope ?? 'data'),
    SetMetadata(ENDPOINT, options),
    HttpCode(status),
    ApiOperation({
      summary: options.does,
      description: needsInWords(options),
      ...(options.public && { security: securityOf(options) }),
    }),
    ApiExtraModels(...views(options)),
    ApiResponse(success(status, options)),
    ...(options.envelope === 'file' ? [ApiResponse(file(206, 'The part that Range asked for'))] : []),
    ...Object.entries(refusals(options)).map(([code, description]) => ApiResponse(failure(Number(code), description))),
    ...(options.public ? [] : [ApiBearerAuth(), ApiSecurity('apiKey')]),
  );
}

function securityOf({ public: open, signed }: EndpointOptions): Record<string, string[]>[] {
  if (signed !== undefined) return [{ [signed]: [] }];
  return open === 'or signed in' ? [{}, { bearer: [] }, { apiKey: [] }] : [];
}

function needsInWords({ needs, public: open }: EndpointOptions): string {
  if (open) return 'Public.';
  if (needs === undefined) return 'For anybody who is signed in.';
  return `Needs ${[needs]
    .flat()
    .map((permission) => `\`${permission}\``)
    .join(' or ')}.`;
}

function views({ returns = [] }: EndpointOptions): Type<unknown>[] {
  return [returns].flat();
}

function success(status: number, options: EndpointOptions): ApiResponseOptions {
  const { envelope = 'data' } = options;
  const shown = views(options).map((type) => ({ $ref: getSchemaPath(type) }));
  const view = shown.length > 1 ? { oneOf: shown } : (shown[0] ?? { type: 'object' });
  const ok = { type: 'boolean', enum: [true] };
  const closed = { type: 'object', additionalProperties: false };
  if (envelope === 'raw')
    return { status, description: 'Success', content: { 'text/plain': { schema: { type: 'string' } } } };
  if (envelope === 'file') return file(status, 'Success');
  if (envelope === 'top level')
    return {
      status,
      description: 'Success',
      schema: { allOf: [{ type: 'object', required: ['ok'], properties: { ok } }, view] },
    };
  if (envelope === 'data')
    return {
      status,
      description: 'Success',
      schema: { ...closed, required: ['ok', 'data'], properties: { ok, data: view } },
    };
  const pagination = {
    $ref:
      envelope === 'offset list' ? '#/components/schemas/OffsetPagination' : '#/components/schemas/CursorPagination',
  };
  const data = { type: 'array', items: view, maxItems: 100 };
  return {
    status,
    description: 'Success',
    schema: { ...closed, required: ['ok', 'data', 'pagination'], properties: { ok, data, pagination } },
  };
}

function file(status: number, description: string): ApiResponseOptions {
  return { status, description, content: { '*/*': { schema: { type: 'string', format: 'binary' } } } };
}

function refusals(options: EndpointOptions): Record<number, string> {
  const closed: Record<number, string> = options.public
    ? {}
    : { 401: 'No valid credential', 403: 'Not allowed, or the organization is inactive' };
  return {
    ...closed,
    422: 'A field cannot be accepted',
    429: 'Too many requests',
    503: 'The database is away',
    ...options.refuses,
  };
}

function failure(status: number, description: string): ApiResponseOptions {
  return { status, description, schema: { $ref: '#/components/schemas/Failure' } };
}
