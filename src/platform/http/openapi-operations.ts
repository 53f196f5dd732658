import type { OpenAPIObject } from '@nestjs/swagger';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Responses = Operation['responses'];

const COUNT = { type: 'integer', format: 'int32', minimum: 0, maximum: 2_147_483_647 };

/** What any answer carries, by its name. */
export const ANSWER_HEADERS = {
  'X-Request-Id': {
    description: 'The id that was sent, or one that was made: the log knows the request by it',
    schema: { type: 'string', maxLength: 128, pattern: '^[\\w.:-]+$' },
  },
  'Access-Control-Allow-Origin': {
    description: 'The origin of the page that asked, where CORS_ORIGINS has it',
    schema: { type: 'string', format: 'uri', maxLength: 2_048 },
  },
  'RateLimit-Limit': {
    description: 'Requests that are allowed in the window',
    schema: COUNT,
  },
  'RateLimit-Remaining': {
    description: 'Requests that are left in the window',
    schema: COUNT,
  },
  'RateLimit-Reset': {
    description: 'Seconds until the window begins anew',
    schema: { type: 'integer', format: 'int32', minimum: 0, maximum: 86_400 },
  },
  'Retry-After': {
    description: 'Seconds to wait before the next attempt',
    schema: { type: 'integer', format: 'int32', minimum: 1, maximum: 86_400 },
  },
};

const BY_STATUS: Record<string, string[]> = { 429: ['Retry-After'], 503: ['Retry-After'] };
const { 'Retry-After': _, ...onAny } = ANSWER_HEADERS;
const ON_ANY = Object.keys(onAny);

const failure = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
});
const MISSING = { 404: failure('There is nothing here by that id') };
const UNREADABLE = { 400: failure('The body is not JSON'), 413: failure('The body is larger than this server takes') };
const BROKEN = { 500: failure('Something went wrong here: the request id finds it in the log') };

const ROW_ID = { type: 'string', format: 'uuid' };
const ORGANIZATION_ID = { type: 'string', maxLength: 64, pattern: '^[\\w-]{1,64}$', example: 'org_default_001' };

/** Adds to every operation what any request can run into, what any answer carries, and what an id in its path looks like. */
export function completeOperations(document: OpenAPIObject): void {
  for (const [path, item] of Object.entries(document.paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) complete(operation, path, method);
    }
}

/** An id in the path may name nothing; what is sent may be no JSON, or too much of it. */
function complete(operation: Operation, path: string, method: string): void {
  const refusals = { ...(path.includes('{') && MISSING), ...(method !== 'get' && UNREADABLE), ...BROKEN };
  operation.responses = withHeaders({ ...refusals, ...operation.responses });
  for (const parameter of operation.parameters ?? [])
    if ('in' in parameter && parameter.in === 'path')
      parameter.schema = path.startsWith('/organizations/') ? { ...ORGANIZATION_ID } : { ...ROW_ID };
}

function withHeaders(responses: Responses): Responses {
  const complete = Object.entries(responses).map(([status, response]) => [
    status,
    { ...response, headers: on(status) },
  ]);
  return Object.fromEntries(complete) as Responses;
}

function on(status: string): object {
  const names = [...ON_ANY, ...(BY_STATUS[status] ?? [])];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
