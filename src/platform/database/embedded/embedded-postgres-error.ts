/** A problem with the built-in PostgreSQL, told in sentences that a newcomer can act on. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** The `code` of a system error such as ENOENT, or undefined when `error` carries none. */
export function errorCode(error: unknown): string | undefined {
  return property(error, 'code');
}

export function messageOf(error: unknown): string {
  return property(error, 'message') ?? String(error);
}

/** Does without `instanceof Error`, which is false of Node's own errors where modules have globals of their own. */
function property(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
