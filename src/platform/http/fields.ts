import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  IsUrl,
  IsUUID,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
} from 'class-validator';

/** Whether a field may be left out, and whether it may be null (which then means: clear it). */
export interface Presence {
  /** Or only beside certain other fields. */
  optional?: boolean | ((body: Record<string, unknown>) => boolean);
  nullable?: boolean;
}

export type FieldOptions = Presence & { description?: string; example?: unknown };

/** What every field decorator is made of: its rules, when they apply, and its entry in the OpenAPI document. */
export function field(
  { optional = false, nullable = false, ...shown }: FieldOptions,
  schema: ApiPropertyOptions,
  ...rules: PropertyDecorator[]
) {
  const mayBeLeftOut = typeof optional === 'function' ? optional : () => optional;
  const applies = (body: object, value: unknown) =>
    !(value === undefined && mayBeLeftOut({ ...body })) && !(nullable && value === null);
  return applyDecorators(
    ApiProperty({ ...schema, ...shown, required: !optional, ...(nullable && { nullable }) } as ApiPropertyOptions),
    ValidateIf(applies),
    ...rules,
  );
}

const trimmed = () => Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));

/** Text of `min` to `max` characters, trimmed. */
export function Text({ min = 1, max = 255, ...options }: FieldOptions & { min?: number; max?: number } = {}) {
  const message = min > 0 ? `must be text of ${min} to ${max} characters` : `must be text of at most ${max} characters`;
  return field(
    options,
    { type: String, minLength: min, maxLength: max },
    trimmed(),
    IsString({ message }),
    Length(min, max, { message }),
  );
}

/** Text that must fit a pattern, which allows `max` characters at most; `right` says in words what fits. */
export function Pattern(pattern: RegExp, right: string, { max, ...options }: FieldOptions & { max: number }) {
  const message = `must be ${right}`;
  return field(
    options,
    { type: String, pattern: pattern.source, maxLength: max },
    trimmed(),
    IsString({ message }),
    Matches(pattern, { message }),
  );
}

/** The id of a row. Whether there is such a row in this organization is for the service to say. */
export function Id(options: FieldOptions = {}) {
  return field(
    options,
    { type: String, format: 'uuid', example: '018f5a3e-7c1d-7b2a-9e4f-3d2c1b0a9f8e' },
    IsUUID('all', { message: 'must be an id (a UUID)' }),
  );
}

/** Ids of rows, each once. */
export function Ids({ max, ...options }: FieldOptions & { max: number }) {
  const message = `must be a list of at most ${max} different ids (UUIDs)`;
  const items = { type: 'string', format: 'uuid', example: '018f5a3e-7c1d-7b2a-9e4f-3d2c1b0a9f8e' };
  return field(
    options,
    { type: 'array', items, maxItems: max, uniqueItems: true },
    IsArray({ message }),
    ArrayMaxSize(max, { message }),
    ArrayUnique((id: unknown) => (typeof id === 'string' ? id.toLowerCase() : id), { message }),
    IsUUID('all', { each: true, message }),
  );
}

export function OneOf(values: readonly string[], options: FieldOptions = {}) {
  return field(
    options,
    { type: String, enum: [...values] },
    IsIn([...values], { message: `must be one of ${values.join(', ')}` }),
  );
}

/** true or false; in a query, the words. */
export function Flag(options: FieldOptions = {}) {
  const words = Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => {
    const value = obj[key];
    return value === 'true' ? true : value === 'false' ? false : value;
  });
  return field(options, { type: Boolean }, words, IsBoolean({ message: 'must be true or false' }));
}

export function Whole({ min, max, ...options }: FieldOptions & { min: number; max: number }) {
  const message = `must be a whole number from ${min} to ${max}`;
  return field(
    options,
    { type: 'integer', minimum: min, maximum: max },
    IsInt({ message }),
    Min(min, { message }),
    Max(max, { message }),
  );
}

/** A JSON object of the caller's own making. */
export function JsonMap(options: FieldOptions = {}) {
  return field(
    options,
    { type: 'object', additionalProperties: true, example: { colour: 'green' } },
    IsObject({ message: 'must be a JSON object' }),
  );
}

/** A list of words from a known set. */
export function Words(values: readonly string[], { max = 50, ...options }: FieldOptions & { max?: number } = {}) {
  const message = `must be a list of words among ${values.join(', ')}`;
  return field(
    options,
    { type: String, isArray: true, enum: [...values], minItems: 1, maxItems: max },
    IsArray({ message }),
    ArrayMinSize(1, { message }),
    ArrayMaxSize(max, { message }),
    IsIn([...values], { each: true, message }),
  );
}

/** The address of something on the web: http or https. */
export function WebAddress(options: FieldOptions = {}) {
  const message = 'must be a web address, such as https://example.com/avatar.png';
  return field(
    options,
    { type: String, format: 'uri', maxLength: 2_048, example: 'https://example.com/avatar.png' },
    trimmed(),
    IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }, { message }),
    Length(1, 2_048, { message }),
  );
}
