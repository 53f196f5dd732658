import pg from 'pg';
import type { QueryResultRow } from 'pg';
import { RetrofitError } from '../retrofit-error.js';
import { ident } from './sql.js';

const OWN_NAMES = 'pg_catalog';

/** What every session of the tool is set to. PostgreSQL manual, “Client Connection Defaults”. */
const SETTINGS = [
  // Names in definitions that PostgreSQL prints come with their schema, and nothing of the user's is called by accident.
  `search_path = ${OWN_NAMES}`,
  // No statement waits for a lock without an end; steps set a shorter one.
  `lock_timeout = '10s'`,
  `statement_timeout = 0`,
  `idle_in_transaction_session_timeout = 0`,
  // A killed command's statement ends within a second, and gives its locks back.
  `client_connection_check_interval = '1s'`,
  `DateStyle = ISO`,
];

/** One connection to the database. */
export class Session {
  private constructor(
    private readonly client: pg.Client,
    private readonly databaseUrl: string | undefined,
  ) {}

  /**
   * @param databaseUrl `postgres://…`; without it the standard PG variables decide (PGHOST, PGUSER, PGPASSWORD, …)
   * @throws RetrofitError where it cannot be reached
   */
  static async open(databaseUrl: string | undefined): Promise<Session> {
    if (databaseUrl !== undefined) assertAddress(databaseUrl);
    const client = new pg.Client({
      ...(databaseUrl !== undefined && { connectionString: databaseUrl }),
      application_name: 'polydesk retrofit',
    });
    // A connection that breaks while nobody asks anything: the next query says so.
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      throw new RetrofitError(
        `The database cannot be reached: ${reasonOf(error)}. Check --database-url, or PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE`,
      );
    }
    await client.query(SETTINGS.map((setting) => `SET ${setting};`).join(' '));
    return new Session(client, databaseUrl);
  }

  /** Another connection to the same database, to look on while this one waits. */
  beside(): Promise<Session> {
    return Session.open(this.databaseUrl);
  }

  async rows<T extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.client.query<T>(sql, values)).rows;
  }

  /** The first row; it must exist. */
  async row<T extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<T> {
    const [row] = await this.rows<T>(sql, values);
    if (!row) throw new Error(`No row: ${sql}`);
    return row;
  }

  /** Runs one statement, or several without values; resolves to the number of rows that the (last) one touched. */
  async run(sql: string, values?: unknown[]): Promise<number> {
    const results: pg.QueryResult[] = [await this.client.query(sql, values)].flat();
    return results.at(-1)?.rowCount ?? 0;
  }

  /** Meanwhile names mean what they mean in the functions of the triggers of a schema's tables: for conditions that the user wrote. */
  async namingAsIn<T>(schema: string, work: () => Promise<T>): Promise<T> {
    await this.run(`SET search_path = ${namesIn(schema)}`);
    try {
      return await work();
    } finally {
      await this.run(`SET search_path = ${OWN_NAMES}`).catch(() => undefined);
    }
  }

  /** @param mode as after BEGIN: `ISOLATION LEVEL REPEATABLE READ READ ONLY` */
  async transaction<T>(work: () => Promise<T>, mode = ''): Promise<T> {
    await this.client.query(`BEGIN ${mode}`);
    try {
      const result = await work();
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      await this.client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** PostgreSQL's notices, one message each. */
  onNotice(listener: (message: string) => void): void {
    this.client.on('notice', ({ message }) => message && listener(message));
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}

/**
 * pg would take anything else for the name of a database, and PostgreSQL would repeat it, with the password in it.
 * @throws RetrofitError that does not repeat it
 */
function assertAddress(databaseUrl: string): void {
  if (/^postgres(?:ql)?:\/\//.test(databaseUrl) && URL.canParse(databaseUrl)) return;
  throw new RetrofitError(
    '--database-url is no address: it begins with postgres://, as in postgres://user:password@host:5432/database; special characters are percent-encoded',
  );
}

/** A search path for what the user wrote. Nobody's temporary tables come before it. */
export function namesIn(schema: string): string {
  return `pg_catalog, ${ident(schema)}, public, pg_temp`;
}

/** pg's own words; several addresses of one host fail with several. Never the address, which may hold a password. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** The SQLSTATE of an error of PostgreSQL, or null. PostgreSQL manual, appendix A. */
export function sqlStateOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}
