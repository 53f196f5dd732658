/** Texts, numbers and lists that no field of ours bounds came from a provider's webhook, whose body is at most this long. */
const LONGEST_TEXT = 16 * 1024 * 1024;
const LONGEST_LIST = 100_000;
const MOST_PROPERTIES = 100_000;
const GREATEST_INT32 = 2_147_483_647;
/** Postgres keeps no NUL in text, so nothing that is taken or answered has one. */
const WITHOUT_NUL = '^[^\\u0000]*$';
const LENGTHS: Record<string, number> = { uuid: 36, 'date-time': 35, email: 254, uri: 2_048 };
/** What is under these is data, not schemas. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const']);

type Schema = Record<string, unknown>;

/**
 * Makes of the schemas that decorators wrote, in the words of OpenAPI 3.0, those of 3.1: JSON Schema, with `null` as a type.
 * Every value gets the bounds that hold for any, where its field says nothing narrower; every object is closed. In place.
 */
export function completeSchemas(document: { components?: { schemas?: object } }): void {
  eachObject(document, (schema) => {
    liftReference(schema);
    allowNull(schema);
    bound(schema);
  });
  const parts = closeTogether(document);
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {}))
    if (isObject(schema) && !parts.has(`#/components/schemas/${name}`)) close(schema);
}

/** Visits every object but data, before its children. */
export function eachObject(node: unknown, visit: (node: Schema) => void): void {
  if (Array.isArray(node)) for (const item of node) eachObject(item, visit);
  if (!isObject(node)) return;
  visit(node);
  for (const [key, child] of Object.entries(node)) if (!DATA.has(key)) eachObject(child, visit);
}

export function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A reference could have no description beside it in 3.0, and was wrapped. */
function liftReference(schema: Schema): void {
  const { allOf } = schema;
  if (!Array.isArray(allOf) || allOf.length !== 1 || schema.nullable) return;
  delete schema.allOf;
  Object.assign(schema, allOf[0]);
}

function allowNull(schema: Schema): void {
  if (schema.nullable !== true) return;
  delete schema.nullable;
  if (Array.isArray(schema.allOf)) {
    schema.anyOf = [...(schema.allOf as unknown[]), { type: 'null' }];
    delete schema.allOf;
    delete schema.type;
  } else schema.type = [schema.type, 'null'];
  if (Array.isArray(schema.enum)) schema.enum = [...(schema.enum as unknown[]), null];
}

function bound(schema: Schema): void {
  const types = [schema.type].flat();
  if (types.includes('string') && !schema.enum) boundText(schema);
  if (types.includes('integer')) boundNumber(schema);
  if (types.includes('array')) schema.maxItems ??= LONGEST_LIST;
  if (types.includes('object') && schema.additionalProperties) schema.maxProperties ??= MOST_PROPERTIES;
}

function boundText(schema: Schema): void {
  schema.maxLength ??= LENGTHS[String(schema.format)] ?? LONGEST_TEXT;
  if (!schema.format) schema.pattern ??= WITHOUT_NUL;
}

function boundNumber(schema: Schema): void {
  schema.minimum ??= 0;
  schema.maximum ??= GREATEST_INT32;
  schema.format ??= 'int32';
}

/** What is made of several schemas is closed as a whole: each of them, closed, would refuse the others' fields. Returns them. */
function closeTogether(document: unknown): Set<unknown> {
  const parts = new Set<unknown>();
  eachObject(document, (whole) => {
    if (!Array.isArray(whole.allOf)) return;
    whole.unevaluatedProperties = false;
    for (const part of whole.allOf) if (isObject(part)) parts.add(part.$ref);
  });
  return parts;
}

/** Requests with other fields are refused, and answers have no others. */
function close(schema: Schema): void {
  if (schema.type === 'object' && isObject(schema.properties)) schema.additionalProperties ??= false;
}
