import pg from 'pg';
import { Companions, forgetStatement, sendPlain } from './companions.js';
import type { Companion } from './companions.js';
import { keepRowShape, rowShapeOf, withoutDescribe } from './row-shapes.js';
import type { RowShape, Wire } from './row-shapes.js';

/** A statement with its values. */
export interface Statement extends pg.QueryConfig {
  /** What its rows call a column; the column's own name where absent. */
  nameOf?: (column: string) => string;
  /** What goes before it, and what follows it, in the same round trip and, where there is no other, the same transaction. */
  before?: readonly Companion[];
  also?: readonly Companion[];
}

/** What travels with a statement, in the same round trip. */
export interface Framing {
  /** Begins a transaction before it. */
  begins?: boolean;
  /** The organization to bind; absent where the transaction is bound already, or its role sees all of them. */
  orgId?: string;
  /** Commits the transaction after it. */
  commits?: boolean;
  /** False behind a pooler that hands connections around between transactions. */
  named: boolean;
}

interface RowDescription {
  fields: { name: string }[];
}

type Callback = (error: Error | null, result: pg.QueryResult) => void;

// pg.Query's wire methods are documented for subclasses but not in its types.
interface QueryInternals {
  name?: string;
  portal?: string;
  callback: Callback | null;
  _result: RowShape;
  _accumulateRows: boolean;
  prepare(wire: Wire): void;
  _getRows(wire: Wire, rows?: number): void;
  handleRowDescription(message: RowDescription): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
  handleError(error: Error, wire: Wire): void;
}
type QueryClass = new (config: pg.QueryConfig) => pg.Query & QueryInternals;
const isQueryClass = (value: unknown): value is QueryClass =>
  typeof value === 'function' && 'prepare' in value.prototype && '_getRows' in value.prototype;

const Query: unknown = pg.Query;
if (!isQueryClass(Query))
  throw new Error('This version of pg has no Query.prepare: bound-query.ts must be adapted to it');

const binding = (orgId: string): Companion => ({
  name: 'polydesk_bind',
  text: 'SELECT app.set_org($1)',
  values: [orgId],
});

/**
 * A query that travels with its frame: [BEGIN] [app.set_org] [what goes before it] the query [what follows it] [COMMIT], then
 * one Sync. One round trip, one transaction; the binding ends with it.
 * Source: PostgreSQL manual, "Extended Query" and "Pipelining" (the messages before one Sync are one implicit transaction).
 */
export class BoundQuery extends Query {
  /** Answers still to come that belong to what goes before the query. */
  private prologue: number;
  private isComplete = false;
  private wasPrepared = true;
  private readonly companions: Companions;

  constructor(
    private readonly statement: Statement,
    private readonly framing: Framing,
  ) {
    super(statement);
    this.companions = new Companions(framing.named);
    const { before = [] } = statement;
    this.prologue = Number(framing.begins === true) + Number(framing.orgId !== undefined) + before.length;
  }

  requiresPreparation(): boolean {
    return true;
  }

  override prepare(wire: Wire): void {
    if (this.framing.begins) sendPlain(wire, 'BEGIN');
    if (this.framing.orgId !== undefined) this.companions.send(wire, binding(this.framing.orgId));
    for (const companion of this.statement.before ?? []) this.companions.send(wire, companion);
    this.forgetHalfPrepared(wire);
    super.prepare(this.takeKnownShape(wire) ? withoutDescribe(wire) : wire);
  }

  override _getRows(wire: Wire, rows?: number): void {
    const { also = [] } = this.statement;
    if (!this.framing.commits && also.length === 0) return super._getRows(wire, rows);
    wire.execute({ portal: this.portal });
    for (const companion of also) this.companions.send(wire, companion);
    if (this.framing.commits) sendPlain(wire, 'COMMIT');
    wire.sync();
  }

  override handleRowDescription(message: RowDescription): void {
    const { nameOf } = this.statement;
    if (nameOf) for (const field of message.fields) field.name = nameOf(field.name);
    super.handleRowDescription(message);
  }

  override handleDataRow(message: unknown): void {
    if (this.prologue === 0 && !this.isComplete) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.prologue > 0) {
      this.prologue -= 1;
    } else if (!this.isComplete) {
      this.isComplete = true; // What completes after it follows it.
      this.keepShape(wire);
      super.handleCommandComplete(message, wire);
    }
  }

  /** After an error nobody knows which of the new statements the server kept, so they are prepared again. */
  override handleError(error: Error, wire: Wire): void {
    this.companions.forget(wire);
    if (!this.wasPrepared && this.name) forgetStatement(wire, this.name);
    super.handleError(error, wire);
  }

  /** Only of our own statements: their types are the connection's. */
  private takeKnownShape(wire: Wire): boolean {
    const known = this.name && this.statement.nameOf ? rowShapeOf(wire, this.name) : undefined;
    if (known) Object.assign(this._result, known);
    this._accumulateRows = known !== undefined;
    return known !== undefined;
  }

  private keepShape(wire: Wire): void {
    if (this.name && this.statement.nameOf) keepRowShape(wire, this.name, this._result);
  }

  /** Closing a statement that the server does not have is no error, so a name can always be prepared anew. */
  private forgetHalfPrepared(wire: Wire): void {
    if (!this.name || wire.parsedStatements[this.name]) return;
    this.wasPrepared = false;
    wire.close({ type: 'S', name: this.name });
  }
}
