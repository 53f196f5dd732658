import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ANSWER_HEADERS, completeOperations } from './openapi-operations.js';
import { completeSchemas } from './openapi-schemas.js';

const ERROR = {
  type: 'object',
  required: ['code', 'message', 'requestId'],
  additionalProperties: false,
  properties: {
    code: { type: 'string', maxLength: 64, pattern: '^[a-z_]+$', example: 'invalid' },
    message: { type: 'string', maxLength: 1_024, example: 'The request has fields that cannot be accepted' },
    details: {
      type: 'array',
      maxItems: 10_000,
      description: 'For 422: each field at fault; for 409 organization_required: each organization to choose from',
      items: {
        oneOf: [{ $ref: '#/components/schemas/FieldFault' }, { $ref: '#/components/schemas/OrganizationChoice' }],
      },
    },
    requestId: {
      type: 'string',
      maxLength: 128,
      pattern: '^[\\w.:-]+$',
      example: '018f5a3e-7c1d-7b2a-9e4f-3d2c1b0a9f8e',
    },
  },
};

const SCHEMAS = {
  Failure: {
    type: 'object',
    required: ['ok', 'error'],
    properties: { ok: { type: 'boolean', enum: [false] }, error: ERROR },
  },
  FieldFault: {
    type: 'object',
    required: ['path', 'message'],
    properties: {
      path: { type: 'string', example: 'email' },
      message: { type: 'string', example: 'must be true or false' },
    },
  },
  OrganizationChoice: {
    type: 'object',
    required: ['organization', 'displayName'],
    properties: {
      organization: { type: 'string', maxLength: 63, example: 'acme-corp' },
      displayName: { type: 'string', nullable: true, maxLength: 255, example: 'Acme' },
    },
  },
  OffsetPagination: {
    type: 'object',
    required: ['total', 'limit', 'offset'],
    properties: {
      total: { type: 'integer', example: 240 },
      limit: { type: 'integer', minimum: 1, maximum: 100, example: 100 },
      offset: { type: 'integer', example: 0 },
    },
  },
  CursorPagination: {
    type: 'object',
    required: ['limit', 'nextCursor'],
    properties: {
      limit: { type: 'integer', minimum: 1, maximum: 100, example: 50 },
      nextCursor: {
        type: 'string',
        maxLength: 512,
        pattern: '^[\\w-]+$',
        nullable: true,
        description: 'For the next page; null on the last',
      },
    },
  },
};

const TAGS = {
  auth: 'Signing in and out, registration, tokens',
  organizations: 'Organizations: by the platform, and each by itself',
  users: 'The people of an organization',
  invitations: 'Invitations to join an organization',
  'api-keys': "Keys for partners' systems",
  customers: 'People who write to a page',
  conversations: 'Conversations between customers and pages',
  messages: 'Messages of a conversation',
  media: 'Files of messages',
  labels: 'Labels of conversations',
  timeline: 'What happened in a conversation beside its messages; notes for colleagues; who follows it',
  'quick-replies': 'Answers kept for many questions',
  search: 'Search in messages and customers',
  integrations: 'Pages that an organization has connected',
  chatbots: 'Chatbots that answer for an organization',
  'webhook-endpoints': "Where partners' systems hear what happens",
  audit: 'Who changed what, and when',
  webhooks: 'What the platforms call',
  health: 'What probes ask',
};

/** Whoever runs the server: what it is called is theirs to say. */
const CONTACT = { name: 'The operator of this server' };

/** Whoever reads the document may call the server that it comes from. */
const AUDIENCE = { 'x-internal': false };

/** The document that the code amounts to: served at `/openapi.json`, shown at `/docs`. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const made = SwaggerModule.createDocument(app, frame(), { operationIdFactory: toOperationId });
  const document = structuredClone({
    ...made,
    info: { ...made.info, contact: CONTACT },
    components: { ...made.components, schemas: { ...made.components?.schemas, ...SCHEMAS }, headers: ANSWER_HEADERS },
  });
  completeOperations(document);
  completeSchemas(document);
  return document;
}

export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Polydesk API',
  });
}

function frame(): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Polydesk')
    .setDescription('The inbox backend that is multi-organization to the bone.')
    .setVersion('0.1.0')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'This server: local, staging or production, wherever the document comes from', undefined, AUDIENCE)
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'An access token of POST /auth/login, checked as RFC8725 asks: one algorithm, issuer, audience, expiry',
    })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A key of POST /api-keys' }, 'apiKey')
    .addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name: 'x-hub-signature-256',
        description: "HMAC-SHA-256 of the body's bytes with the app secret, as Meta signs: `sha256=<hex>`",
      },
      'metaSignature',
    )
    .addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name: 'x-zevent-signature',
        description:
          "SHA-256 of app id, the body's bytes, its timestamp and the OA secret key, as Zalo signs: `mac=<hex>`",
      },
      'zaloSignature',
    );
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  return builder.build();
}

/** `ConversationsController.list` -> `conversations_list`. */
function toOperationId(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${method}`;
}
