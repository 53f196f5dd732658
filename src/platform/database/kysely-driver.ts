import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, CamelCasePlugin } from 'kysely';
import type {
  ColumnType,
  CompiledQuery,
  DatabaseConnection,
  Driver,
  PluginTransformResultArgs,
  QueryResult,
  UnknownRow,
} from 'kysely';
import type pg from 'pg';
import type { Statement } from './bound-query.js';
import type { DB } from './generated/kysely/types.js';

/** Runs one statement: the pool decides on which connection and in which transaction. */
export interface StatementRunner {
  run(statement: Statement): Promise<pg.QueryResult>;
}

/** A column as our pools hand it out: timestamps as ISO 8601 text, see `timestamps.ts`. */
type HandedOut<C> = C extends ColumnType<infer S, infer I, infer U> ? ColumnType<S extends Date ? string : S, I, U> : C;
type Tables = { [T in keyof DB]: { [C in keyof DB[T]]: HandedOut<DB[T][C]> } };

export type Sql = Kysely<Tables>;

/** Kysely over a pool that binds organizations itself. Transactions belong to that pool, so Kysely's own are refused. */
export function kyselyOver(runner: StatementRunner): Sql {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new PoolDriver(runner),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    plugins: [names],
  });
}

/** What a compiled query is on the wire; its rows come in camel case. */
export function toStatement({ sql: text, parameters }: CompiledQuery): Statement {
  return { text, values: [...parameters], nameOf };
}

/** camelCase here, snake_case there. Rows are named as they are read from the wire, once an answer and not once a row. */
class Names extends CamelCasePlugin {
  private readonly known = new Map<string, string>();

  override transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return Promise.resolve(result);
  }

  nameOf(column: string): string {
    const known = this.known.get(column);
    if (known !== undefined) return known;
    const name = this.camelCase(column);
    this.known.set(column, name);
    return name;
  }
}
const names = new Names();
const nameOf = (column: string) => names.nameOf(column);

class PoolDriver implements Driver {
  private readonly connection: DatabaseConnection;

  constructor(runner: StatementRunner) {
    this.connection = new PoolConnection(runner);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.connection);
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  beginTransaction(): Promise<void> {
    return refuse();
  }

  commitTransaction(): Promise<void> {
    return refuse();
  }

  rollbackTransaction(): Promise<void> {
    return refuse();
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }
}

class PoolConnection implements DatabaseConnection {
  constructor(private readonly runner: StatementRunner) {}

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, rowCount } = await this.runner.run(toStatement(query));
    return { rows: rows as R[], numAffectedRows: BigInt(rowCount ?? 0) }; // R is what the query says it selects.
  }

  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    yield await refuse();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('Use Database.transaction(): Kysely joins it by itself'));
}
