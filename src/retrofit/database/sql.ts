import { createHash } from 'node:crypto';
import pg from 'pg';

/** Quotes an identifier, whatever it is made of: `"Order"`. */
export const ident = (name: string): string => pg.escapeIdentifier(name);

/** Quotes a text value. */
export const literal = (value: string): string => pg.escapeLiteral(value);

/** Quotes several identifiers, separated by commas. */
export const idents = (names: readonly string[]): string => names.map(ident).join(', ');

/** Where the tool keeps what it knows. Goes away with the last phase's rollback. */
export const SCHEMA = 'polydesk_retrofit';

/** PostgreSQL cuts longer names off, which could make two of them one. In bytes. */
const LONGEST_NAME = 63;

/** A name of ours for an object of a table: readable, no longer than PostgreSQL allows, and made unique by what it stands for. */
export function objectName(...parts: string[]): string {
  const name = parts.join('_');
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const head = Buffer.from(name).subarray(0, LONGEST_NAME - digest.length - 1);
  return `${head.toString().replace(/\uFFFD+$/, '')}_${digest}`;
}
