/** The part of node-postgres's connection that a query writes its messages to. */
export interface Wire {
  parsedStatements: Record<string, string | undefined>;
  submittedNamedStatements: Record<string, string | undefined>;
  parse(message: { name?: string; text: string }): void;
  bind(message: { statement?: string; values?: unknown[] }): void;
  execute(message: { portal?: string }): void;
  describe(message: object): void;
  close(message: { type: 'S'; name: string }): void;
  sync(): void;
}

/** What pg.Result makes of a row description. */
export interface RowShape {
  fields: unknown;
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
}

/**
 * Of each connection: how the rows of its prepared statements look. Asked once, not with every execution: Postgres refuses a
 * statement whose rows have changed since it was prepared.
 * Source: PostgreSQL manual, "Message Flow", Extended Query: Describe is a message of its own.
 */
const shapes = new WeakMap<Wire, Map<string, RowShape>>();

export function rowShapeOf(wire: Wire, statement: string): RowShape | undefined {
  return shapes.get(wire)?.get(statement);
}

export function keepRowShape(wire: Wire, statement: string, result: RowShape): void {
  if (rowShapeOf(wire, statement)) return;
  const known = shapes.get(wire) ?? new Map<string, RowShape>();
  shapes.set(wire, known);
  const { fields, _parsers, _prebuiltEmptyResultObject } = result;
  known.set(statement, { fields, _parsers, _prebuiltEmptyResultObject });
}

export function forgetRowShape(wire: Wire, statement: string): void {
  shapes.get(wire)?.delete(statement);
}

/** The connection, for a statement whose rows need no describing. */
export function withoutDescribe(wire: Wire): Wire {
  return Object.setPrototypeOf({ describe: () => undefined }, wire) as Wire; // All else is the connection's own.
}
