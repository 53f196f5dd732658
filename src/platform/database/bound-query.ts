import pg from 'pg';

/** The part of node-postgres's connection that a query writes its messages to. */
interface Wire {
  parsedStatements: Record<string, string | undefined>;
  submittedNamedStatements: Record<string, string | undefined>;
  parse(message: { name?: string; text: string }): void;
  bind(message: { statement?: string; values?: unknown[] }): void;
  execute(message: object): void;
  close(message: { type: 'S'; name: string }): void;
}

/** How a query's prologue binds its transaction to an organization. */
export interface Binding {
  orgId: string;
  /** The BEGIN to send first; null where the query is a transaction of its own. */
  begin: string | null;
  /** False behind a pooler that hands connections around between transactions. */
  named: boolean;
}

// pg.Query's wire methods are documented for subclasses but not in its types.
interface QueryInternals {
  name?: string;
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
  handleError(error: Error, wire: Wire): void;
}
type QueryClass = new (config: pg.QueryConfig, values?: unknown[]) => pg.Query & QueryInternals;
const isQueryClass = (value: unknown): value is QueryClass =>
  typeof value === 'function' && 'prepare' in value.prototype;

const Query: unknown = pg.Query;
if (!isQueryClass(Query))
  throw new Error('This version of pg has no Query.prepare: bound-query.ts must be adapted to it');

const STATEMENT = 'polydesk_bind';
const BIND = 'SELECT app.set_org($1)';

/**
 * A query that travels with the binding of its organization: [BEGIN,] app.set_org, the query, then one Sync. One round trip,
 * one transaction; the binding ends with it.
 * Source: PostgreSQL manual, "Extended Query" and "Pipelining" (the messages before one Sync are one implicit transaction).
 */
export class BoundQuery extends Query {
  /** Answers still to come that belong to the prologue, not to the query. */
  private prologue: number;
  private wasPrepared = true;
  private bindingWasPrepared = true;

  constructor(
    config: pg.QueryConfig,
    values: unknown[] | undefined,
    private readonly binding: Binding,
  ) {
    super(config, values);
    this.prologue = binding.begin === null ? 1 : 2;
  }

  requiresPreparation(): boolean {
    return true;
  }

  override prepare(wire: Wire): void {
    if (this.binding.begin !== null) this.sendBegin(wire, this.binding.begin);
    this.sendBinding(wire);
    this.forgetHalfPrepared(wire);
    super.prepare(wire);
  }

  override handleDataRow(message: unknown): void {
    if (this.prologue === 0) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.prologue > 0) this.prologue -= 1;
    else super.handleCommandComplete(message, wire);
  }

  /** After an error nobody knows which of the new statements the server kept, so they are prepared again. */
  override handleError(error: Error, wire: Wire): void {
    if (!this.bindingWasPrepared) forget(wire, STATEMENT);
    if (!this.wasPrepared && this.name) forget(wire, this.name);
    super.handleError(error, wire);
  }

  private sendBegin(wire: Wire, begin: string): void {
    wire.parse({ text: begin });
    wire.bind({});
    wire.execute({});
  }

  private sendBinding(wire: Wire): void {
    if (!this.binding.named) wire.parse({ text: BIND });
    else if (!wire.parsedStatements[STATEMENT]) this.prepareBinding(wire);
    wire.bind({ statement: this.binding.named ? STATEMENT : '', values: [this.binding.orgId] });
    wire.execute({});
  }

  private prepareBinding(wire: Wire): void {
    this.bindingWasPrepared = false;
    wire.close({ type: 'S', name: STATEMENT });
    wire.parse({ name: STATEMENT, text: BIND });
    wire.parsedStatements[STATEMENT] = BIND;
  }

  /** Closing a statement that the server does not have is no error, so a name can always be prepared anew. */
  private forgetHalfPrepared(wire: Wire): void {
    if (!this.name || wire.parsedStatements[this.name]) return;
    this.wasPrepared = false;
    wire.close({ type: 'S', name: this.name });
  }
}

function forget(wire: Wire, name: string): void {
  delete wire.parsedStatements[name];
  delete wire.submittedNamedStatements[name];
}
