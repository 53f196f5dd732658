import { ident } from '../database/sql.js';
import type { Session } from '../database/session.js';

/** An enum that the tenants' schemas have, each its own. */
export interface OwnEnum {
  name: string;
  /** Of all of them, in the order of the first that has them. */
  labels: string[];
}

export async function ownEnums(session: Session, schemas: string[]): Promise<OwnEnum[]> {
  const rows = await session.rows<{ name: string; label: string }>(
    `SELECT t.typname AS name, e.enumlabel AS label
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
     WHERE n.nspname = ANY ($1) GROUP BY 1, 2 ORDER BY 1, min(e.enumsortorder), 2`,
    [schemas],
  );
  const names = [...new Set(rows.map(({ name }) => name))];
  return names.map((name) => ({ name, labels: rows.filter((row) => row.name === name).map(({ label }) => label) }));
}

/** A type as every tenant may write it: without its own schema. Null for what is no type of a tenant's. */
export function ownTypeName(type: string, schema: string): string | null {
  const prefix = [schema, ident(schema)].map((name) => `${name}.`).find((each) => type.startsWith(each));
  return prefix === undefined ? null : type.slice(prefix.length).replace(/^"(.*)"$/, '$1');
}

/** An expression of a tenant's that names the tenant's enums, with those of the shared schema. */
export function inShared(expression: string | null, schema: string, into: string, enums: string[]): string | null {
  const written = (name: string) => `(?:${escaped(ident(name))}|${escaped(name)}(?![\\w$]))`;
  return enums.reduce(
    (text, name) =>
      text?.replaceAll(
        new RegExp(`::${written(schema)}\\.${written(name)}`, 'g'),
        () => `::${ident(into)}.${ident(name)}`,
      ) ?? null,
    expression,
  );
}

const escaped = (name: string): string => name.replaceAll(/[^\w]/g, '\\$&');
