import type { Client } from './client.js';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  minimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  required?: boolean;
  schema: Schema;
}

/** A route, as the document has it. */
export interface Operation {
  /** `GET /users/{id}` */
  name: string;
  method: string;
  path: string;
  isPublic: boolean;
  /** Permissions of which any one opens it; none where it is public, or open to whoever is signed in. */
  needs: string[];
  parameters: Parameter[];
  /** What its body may be; none where it has none, or where that is a file or a provider's, of which anything is right. */
  bodies: Schema[];
}

/** A value somewhere in a body. */
export interface Leaf {
  path: string[];
  name: string;
  schema: Schema;
}

interface Document {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, Schema> };
}
interface DocumentedOperation {
  description?: string;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

/** Every route of `/openapi.json`. */
export async function documentedOperations(anybody: Client): Promise<Operation[]> {
  const document: Document = (await anybody.get('/openapi.json').expect(200)).body;
  const resolve = (schema: Schema): Schema => resolved(schema, document.components.schemas);
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => toOperation(method.toUpperCase(), path, operation, resolve)),
  );
}

/** The single values of a body, those inside its lists and objects too. */
export function leavesOf(schema: Schema, path: string[] = []): Leaf[] {
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([name, part]) => leavesOf(part, [...path, name]));
  if (schema.items) return leavesOf(schema.items, [...path, '0']);
  return [{ path, name: path.findLast((step) => step !== '0') ?? '', schema }];
}

function isAnything({ format, additionalProperties }: Schema): boolean {
  return format === 'binary' || additionalProperties === true;
}

function toOperation(
  method: string,
  path: string,
  { description = '', security, parameters = [], requestBody }: DocumentedOperation,
  resolve: (schema: Schema) => Schema,
): Operation {
  const [body] = Object.values(requestBody?.content ?? {}).filter(({ schema }) => !isAnything(schema));
  const { oneOf, anyOf, ...plain } = body ? resolve(body.schema) : {};
  return {
    name: `${method} ${path}`,
    method,
    path,
    isPublic: security !== undefined && security.every((way) => Object.keys(way).length === 0),
    needs: [...description.matchAll(/`([a-z-]+:[a-z*]+)`/g)].map(([, permission]) => permission ?? ''),
    parameters: parameters.map((parameter) => ({ ...parameter, schema: resolve(parameter.schema) })),
    bodies: body ? (oneOf ?? anyOf ?? [plain]) : [],
  };
}

function resolved(schema: Schema, named: Record<string, Schema>): Schema {
  if (schema.$ref !== undefined) return resolved(named[schema.$ref.split('/').at(-1) ?? ''] ?? {}, named);
  const deeper = (part: Schema) => resolved(part, named);
  if (schema.allOf) return schema.allOf.map(deeper).reduce(merged, {});
  return {
    ...schema,
    ...(schema.items && { items: deeper(schema.items) }),
    ...(schema.oneOf && { oneOf: schema.oneOf.map(deeper) }),
    ...(schema.anyOf && { anyOf: schema.anyOf.map(deeper) }),
    ...(schema.properties && {
      properties: Object.fromEntries(Object.entries(schema.properties).map(([name, part]) => [name, deeper(part)])),
    }),
  };
}

function merged(one: Schema, other: Schema): Schema {
  return {
    ...one,
    ...other,
    properties: { ...one.properties, ...other.properties },
    required: [...(one.required ?? []), ...(other.required ?? [])],
  };
}
