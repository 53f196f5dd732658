const NEEDS_QUOTES = /[."]/;
const PARTS = /^(?:("(?:[^"]|"")+"|[^."]+)\.)?("(?:[^"]|"")+"|[^."]+)$/;

/**
 * What people and plan files call a table: `users`, or `sales.users` outside of the schema public. A name with a dot or a
 * double quote in it is quoted, so that no two tables are called the same.
 */
export function tableName(schema: string, localName: string): string {
  return schema === 'public' ? plainly(localName) : `${plainly(schema)}.${plainly(localName)}`;
}

/** The schema and the name in it, as PostgreSQL has them; null where it cannot be a table's name. */
export function partsOfName(name: string): { schema: string; localName: string } | null {
  const [, schema = 'public', localName] = PARTS.exec(name) ?? [];
  return localName === undefined ? null : { schema: bare(schema), localName: bare(localName) };
}

const plainly = (part: string): string => (NEEDS_QUOTES.test(part) ? `"${part.replaceAll('"', '""')}"` : part);
const bare = (part: string): string => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part);
