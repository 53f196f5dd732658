import fc from 'fast-check';
import type { JsonSchema, OpenApi } from './api-document.js';

/** Names that every object has, and values that are no text, no number and no object one would expect. */
export const STRANGE: unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  '',
  ' ',
  '\0',
  '\ud83d',
  [],
  [[[]]],
  [null],
  {},
  { constructor: 5 },
];

/** Where to find what a field names. */
const COLLECTIONS: Record<string, string> = {
  orgId: 'organizations',
  assigneeId: 'users',
  chatbotId: 'chatbots',
  integrationId: 'integrations',
  messageId: 'messages of partners',
  replyToMessageId: 'messages',
};

/** Values by the schemas of a document. `ids` has a row of each collection; text is free of what Postgres cannot keep. */
export class SchemaArbitraries {
  constructor(
    private readonly document: OpenApi,
    private readonly ids: Record<string, string>,
  ) {}

  /** The schema itself where it is a reference; of several to choose from, the first. */
  resolve(schema: JsonSchema): JsonSchema {
    if (typeof schema.$ref === 'string') {
      const named = this.document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
      if (!named) throw new Error(`The document has no ${schema.$ref}`);
      return named;
    }
    return Array.isArray(schema.oneOf) ? this.resolve(schema.oneOf[0] as JsonSchema) : schema;
  }

  /** What fits the schema. */
  fitting(schema: JsonSchema, name = ''): fc.Arbitrary<unknown> {
    const resolved = this.resolve(schema);
    const id = this.ids[COLLECTIONS[name] ?? ''];
    const value = this.ofSchema(resolved);
    return id === undefined
      ? value
      : fc.oneof({ weight: 3, arbitrary: fc.constant(id) }, { weight: 1, arbitrary: value });
  }

  private ofSchema(resolved: JsonSchema): fc.Arbitrary<unknown> {
    if (Array.isArray(resolved.enum)) return fc.constantFrom(...(resolved.enum as unknown[]));
    const [type, other] = [resolved.type].flat();
    const value = this.ofType(String(type), resolved);
    return other === 'null' ? fc.option(value) : value;
  }

  /** What fits the schema but for one thing: a field too many, one missing, or one with a value of another kind. */
  broken(schema: JsonSchema): fc.Arbitrary<unknown> {
    const { properties = {} } = this.resolve(schema);
    const whole = this.fitting(schema) as fc.Arbitrary<Record<string, unknown>>;
    const names = [...Object.keys(properties), 'more', 'orgId', 'isAdmin'];
    const strange = fc.oneof(
      fc.constantFrom(...STRANGE),
      fc.jsonValue(),
      fc.string({ unit: 'binary', maxLength: 600 }),
    );
    return fc.oneof(
      {
        weight: 5,
        arbitrary: fc
          .tuple(whole, fc.constantFrom(...names), strange)
          .map(([body, name, value]) => ({ ...body, [name]: value })),
      },
      { weight: 1, arbitrary: fc.tuple(whole, fc.constantFrom(...names)).map(([body, name]) => without(body, name)) },
      { weight: 1, arbitrary: fc.jsonValue() },
    );
  }

  private ofType(type: string, schema: JsonSchema): fc.Arbitrary<unknown> {
    if (type === 'string') return this.text(schema);
    if (type === 'boolean') return fc.boolean();
    if (type === 'integer') return fc.integer({ min: Number(schema.minimum), max: Number(schema.maximum) });
    if (type === 'array') return this.list(schema);
    return this.object(schema);
  }

  private text({ format, pattern, minLength = 0, maxLength = 255 }: JsonSchema): fc.Arbitrary<unknown> {
    const most = Math.min(Number(maxLength), 300);
    if (format === 'uuid') return fc.uuid();
    if (format === 'email') return fc.emailAddress();
    if (format === 'uri') return fc.webUrl();
    if (format === 'date-time') return moments().map((date) => date.toISOString());
    if (typeof pattern === 'string' && !pattern.includes('\\u0000'))
      return fc.stringMatching(matchable(pattern), { maxLength: most });
    return fc.string({ unit: 'grapheme', minLength: Number(minLength), maxLength: most });
  }

  private list(schema: JsonSchema): fc.Arbitrary<unknown> {
    const bounds = { minLength: Number(schema.minItems ?? 0), maxLength: Math.min(Number(schema.maxItems), 5) };
    return fc.array(this.fitting(schema.items ?? {}), bounds);
  }

  private object({ properties, required = [], additionalProperties }: JsonSchema): fc.Arbitrary<unknown> {
    const free = isBoolean(additionalProperties) ? fc.boolean() : fc.jsonValue({ maxDepth: 3 });
    if (!properties) return fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), free, { maxKeys: 4 });
    const fields = Object.fromEntries(
      Object.entries(properties).map(([name, field]) => [name, this.fitting(field, name)]),
    );
    return fc.record(fields, { requiredKeys: required.filter((name) => name in fields), noNullPrototype: true });
  }
}

/** Without the look ahead that only counts characters, which `maxLength` does as well. */
function matchable(pattern: string): RegExp {
  return new RegExp(pattern.replace(/^\^\(\?=[^)]*\)/, '^'));
}

function moments(): fc.Arbitrary<Date> {
  return fc.date({ min: new Date('1000-01-01T00:00:00Z'), max: new Date('2999-12-31T23:59:59Z'), noInvalidDate: true });
}

function isBoolean(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'boolean';
}

function without(body: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
}
