import type { Type as Class } from '@nestjs/common';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, IsString, Length, ValidateNested } from 'class-validator';
import { field } from './fields.js';
import type { FieldOptions } from './fields.js';

/** One object of a class of ours. */
export function Part(type: () => Class<unknown>, options: FieldOptions = {}) {
  const message = 'must be an object';
  return field(options, { type: () => type() }, IsObject({ message }), ValidateNested(), Type(type));
}

/** 1 to `max` objects of a class of ours. */
export function Parts(type: () => Class<unknown>, { max, ...options }: FieldOptions & { max: number }) {
  const message = `must be a list of 1 to ${max} objects`;
  return field(
    options,
    { type: () => type(), isArray: true, minItems: 1, maxItems: max },
    IsArray({ message }),
    ArrayMinSize(1, { message }),
    ArrayMaxSize(max, { message }),
    IsObject({ each: true, message }),
    ValidateNested({ each: true, message: 'must be objects' }),
    Type(type),
  );
}

/** 1 to `max` texts of up to `longest` characters each, trimmed. */
export function Texts({ max, longest, ...options }: FieldOptions & { max: number; longest: number }) {
  const message = `must be a list of 1 to ${max} texts of 1 to ${longest} characters`;
  return field(
    options,
    { type: 'array', items: { type: 'string', minLength: 1, maxLength: longest }, minItems: 1, maxItems: max },
    Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value.map(trimmed) : value)),
    IsArray({ message }),
    ArrayMinSize(1, { message }),
    ArrayMaxSize(max, { message }),
    IsString({ each: true, message }),
    Length(1, longest, { each: true, message }),
  );
}

function trimmed(value: unknown): unknown {
  return typeof value === 'string' ? value.trim() : value;
}
