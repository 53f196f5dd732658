import { Type } from 'class-transformer';
import { Max, Min, IsInt, IsOptional, IsString } from 'class-validator';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { AppError } from './app-error.js';

/** Years that Postgres and JavaScript agree on. */
const YEAR = /^[12]\d{3}-/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOST = 100;

/** `?limit&offset`, for lists that are counted. */
export class OffsetQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST, default: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be 1 or more' })
  @Max(MOST, { message: `must be ${MOST} or less` })
  limit: number = 100;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 2_147_483_647, default: 0 })
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be 0 or more' })
  @Max(2_147_483_647, { message: 'is beyond any list' })
  offset: number = 0;
}

/** `?limit&cursor`, for lists that grow while they are read. */
export class CursorQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be 1 or more' })
  @Max(MOST, { message: `must be ${MOST} or less` })
  limit: number = 50;

  @ApiPropertyOptional({
    description: 'pagination.nextCursor of the page before',
    maxLength: 512,
    pattern: '^[\\w-]+$',
  })
  @IsOptional()
  @IsString({ message: 'must be the nextCursor of the page before' })
  cursor?: string;
}

/** A place in a list sorted by time, newest first. */
export interface Position {
  at: string;
  id: string;
}

export interface CursorPage<T> {
  items: T[];
  pagination: { limit: number; nextCursor: string | null };
}

export interface OffsetPage<T> {
  items: T[];
  pagination: { total: number; limit: number; offset: number };
}

/** The position that a cursor stands for; null without one. 422 for what this server never gave out. */
export function positionOf({ cursor }: Pick<CursorQuery, 'cursor'>): Position | null {
  if (cursor === undefined) return null;
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  if (!YEAR.test(at) || Number.isNaN(Date.parse(at)) || new Date(at).toISOString() !== at || !UUID.test(id))
    throw AppError.invalidField('cursor', 'must be the nextCursor of the page before');
  return { at, id };
}

/** Where a row stands in a list that is sorted by creation. */
export function creationOf({ createdAt, id }: { createdAt: Date; id: string }): Position {
  return { at: createdAt.toISOString(), id };
}

/** What Prisma is asked for of such a list: what stands behind a position; everything without one. */
export function olderThan(from: Position | null) {
  return from && { createdAt: { lte: from.at }, NOT: { createdAt: from.at, id: { gte: from.id } } };
}

/** A page from one row more than its limit: the extra row only says that there is more. */
export function toCursorPage<R, T>(
  rows: R[],
  limit: number,
  positionOfRow: (row: R) => Position,
  map: (row: R) => T,
): CursorPage<T> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(map), pagination: { limit, nextCursor: last ? toCursor(positionOfRow(last)) : null } };
}

export function toOffsetPage<R, T>(
  rows: R[],
  total: number,
  { limit, offset }: OffsetQuery,
  map: (row: R) => T,
): OffsetPage<T> {
  return { items: rows.map(map), pagination: { total, limit, offset } };
}

function toCursor({ at, id }: Position): string {
  return Buffer.from(`${at} ${id}`).toString('base64url');
}
