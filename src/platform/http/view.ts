import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { ApiPropertyOptions } from '@nestjs/swagger';

/** A property of an answer. Primitive types are read from the declaration; the rest is said here. */
export function Shown(options: ApiPropertyOptions = {}) {
  return applyDecorators(ApiProperty(options));
}

/** Text that can be absent. */
export const ShownText = (options: ApiPropertyOptions = {}) =>
  Shown({ type: String, nullable: true, ...options } as ApiPropertyOptions);

/** A UUID; null where it may point nowhere. */
export const ShownId = (options: ApiPropertyOptions = {}) =>
  Shown({ type: String, format: 'uuid', ...options } as ApiPropertyOptions);

/** ISO 8601, UTC. */
export const ShownTime = (options: ApiPropertyOptions = {}) =>
  Shown({ type: String, format: 'date-time', ...options } as ApiPropertyOptions);

/** A JSON object whose keys are not ours to say. */
export const ShownMap = (options: ApiPropertyOptions = {}) =>
  Shown({ type: 'object', additionalProperties: true, ...options } as ApiPropertyOptions);
