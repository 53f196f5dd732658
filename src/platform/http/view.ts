import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { ApiPropertyOptions } from '@nestjs/swagger';

/** A property of an answer. Primitive types are read from the declaration; the rest is said here. */
export function Shown(options: ApiPropertyOptions = {}) {
  return applyDecorators(ApiProperty(options));
}

/** Text that can be absent. */
export const ShownText = (options: ApiPropertyOptions = {}) => Shown({ type: String, nullable: true, ...options });

/** A UUID; null where it may point nowhere. */
export const ShownId = (options: ApiPropertyOptions = {}) =>
  Shown({ type: String, format: 'uuid', example: '018f5a3e-7c1d-7b2a-9e4f-3d2c1b0a9f8e', ...options });

/** ISO 8601, UTC. */
export const ShownTime = (options: ApiPropertyOptions = {}) =>
  Shown({ type: String, format: 'date-time', example: '2026-11-21T10:00:00.000Z', ...options });

/** A JSON object whose keys are not ours to say. */
export const ShownMap = (
  options: { description?: string; selfRequired?: false; additionalProperties?: boolean | { type: string } } = {},
) => Shown({ type: 'object', additionalProperties: true, ...options });
