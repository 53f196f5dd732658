import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';

const ERROR = {
  type: 'object',
  required: ['code', 'message', 'requestId'],
  properties: {
    code: { type: 'string', example: 'invalid' },
    message: { type: 'string' },
    details: { type: 'array', items: { type: 'object', additionalProperties: true } },
    requestId: { type: 'string' },
  },
};

const SCHEMAS = {
  Failure: {
    type: 'object',
    required: ['ok', 'error'],
    properties: { ok: { type: 'boolean', enum: [false] }, error: ERROR },
  },
  OffsetPagination: {
    type: 'object',
    required: ['total', 'limit', 'offset'],
    properties: { total: { type: 'integer' }, limit: { type: 'integer' }, offset: { type: 'integer' } },
  },
  CursorPagination: {
    type: 'object',
    required: ['limit', 'nextCursor'],
    properties: { limit: { type: 'integer' }, nextCursor: { type: 'string', nullable: true } },
  },
};

const failure = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
});
const MISSING = { 404: failure('There is nothing here by that id') };
const UNREADABLE = { 400: failure('The body is not JSON'), 413: failure('The body is larger than this server takes') };
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type PathItem = OpenAPIObject['paths'][string];

/** The document that the code amounts to: served at `/openapi.json`, shown at `/docs`. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const base = new DocumentBuilder()
    .setTitle('Polydesk')
    .setDescription('The inbox backend that is multi-organization to the bone.')
    .setVersion('0.1.0')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key' }, 'apiKey')
    .build();
  const document = SwaggerModule.createDocument(app, base, { operationIdFactory: toOperationId });
  return {
    ...document,
    paths: Object.fromEntries(Object.entries(document.paths).map(([path, item]) => [path, withRefusals(path, item)])),
    components: { ...document.components, schemas: { ...document.components?.schemas, ...SCHEMAS } },
  };
}

export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Polydesk API',
  });
}

/** What any request can run into: an id in the path may name nothing, a body may be no JSON or too much of it. */
function withRefusals(path: string, item: PathItem): PathItem {
  const documented = { ...item };
  for (const method of METHODS) {
    const operation = item[method];
    if (!operation) continue;
    const refusals = { ...(path.includes('{') && MISSING), ...(operation.requestBody && UNREADABLE) };
    documented[method] = { ...operation, responses: { ...refusals, ...operation.responses } };
  }
  return documented;
}

/** `ConversationsController.list` -> `conversations_list`. */
function toOperationId(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${method}`;
}
