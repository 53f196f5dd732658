import pg from 'pg';
import { forgetRowShape, keepRowShape, rowShapeOf, withoutDescribe } from './row-shapes.js';
import type { RowShape, Wire } from './row-shapes.js';

/** A statement with its values. */
export interface Statement extends pg.QueryConfig {
  /** What its rows call a column; the column's own name where absent. */
  nameOf?: (column: string) => string;
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

const STATEMENT = 'polydesk_bind';
const BIND = 'SELECT app.set_org($1)';

/**
 * A query that travels with its frame: [BEGIN] [app.set_org] the query [COMMIT], then one Sync. One round trip, one
 * transaction; the binding ends with it.
 * Source: PostgreSQL manual, "Extended Query" and "Pipelining" (the messages before one Sync are one implicit transaction).
 */
export class BoundQuery extends Query {
  /** Answers still to come that belong to what goes before the query. */
  private prologue: number;
  private isComplete = false;
  private wasPrepared = true;
  private bindingWasPrepared = true;

  constructor(
    private readonly statement: Statement,
    private readonly framing: Framing,
  ) {
    super(statement);
    this.prologue = Number(framing.begins === true) + Number(framing.orgId !== undefined);
  }

  requiresPreparation(): boolean {
    return true;
  }

  override prepare(wire: Wire): void {
    if (this.framing.begins) sendPlain(wire, 'BEGIN');
    if (this.framing.orgId !== undefined) this.sendBinding(wire, this.framing.orgId);
    this.forgetHalfPrepared(wire);
    super.prepare(this.takeKnownShape(wire) ? withoutDescribe(wire) : wire);
  }

  override _getRows(wire: Wire, rows?: number): void {
    if (!this.framing.commits) return super._getRows(wire, rows);
    wire.execute({ portal: this.portal });
    sendPlain(wire, 'COMMIT');
    wire.sync();
  }

  override handleRowDescription(message: RowDescription): void {
    const { nameOf } = this.statement;
    if (nameOf) for (const field of message.fields) field.name = nameOf(field.name);
    super.handleRowDescription(message);
  }

  override handleDataRow(message: unknown): void {
    if (this.prologue === 0) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.prologue > 0) {
      this.prologue -= 1;
    } else if (!this.isComplete) {
      this.isComplete = true; // What completes after it is the COMMIT.
      this.keepShape(wire);
      super.handleCommandComplete(message, wire);
    }
  }

  /** After an error nobody knows which of the new statements the server kept, so they are prepared again. */
  override handleError(error: Error, wire: Wire): void {
    if (!this.bindingWasPrepared) forget(wire, STATEMENT);
    if (!this.wasPrepared && this.name) forget(wire, this.name);
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

  private sendBinding(wire: Wire, orgId: string): void {
    if (!this.framing.named) wire.parse({ text: BIND });
    else if (!wire.parsedStatements[STATEMENT]) this.prepareBinding(wire);
    wire.bind({ statement: this.framing.named ? STATEMENT : '', values: [orgId] });
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

function sendPlain(wire: Wire, text: string): void {
  wire.parse({ text });
  wire.bind({});
  wire.execute({});
}

function forget(wire: Wire, name: string): void {
  delete wire.parsedStatements[name];
  delete wire.submittedNamedStatements[name];
  forgetRowShape(wire, name);
}
