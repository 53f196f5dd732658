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
    components: { ...document.components, schemas: { ...document.components?.schemas, ...SCHEMAS } },
  };
}

export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Polydesk API',
  });
}

/** `ConversationsController.list` -> `conversations_list`. */
function toOperationId(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${method}`;
}
