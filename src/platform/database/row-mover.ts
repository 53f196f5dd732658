import type pg from 'pg';
import type { Move } from './organization-move-plan.js';

/** Parents whose children are carried by one statement. */
const BATCH_PARENTS = 500;

export interface CarryOptions {
  /** Columns that point at other tables' rows that go. */
  links?: Record<string, string>;
  /** Another table that refers to the children. */
  along?: { table: string; column: string };
  /** Rows carried so far. */
  onProgress?: (rows: number) => void;
}

/** Writes rows that the table `moving` names anew in the other organization, and removes the old ones. */
export class RowMover {
  /** Rows by table that were written there, or were there already. */
  readonly moved = new Map<string, number>();

  /** Both organizations, as SQL writes them. */
  readonly from: string;
  readonly to: string;

  private constructor(
    private readonly client: pg.Client,
    { from, to }: Move,
    private readonly columns: ReadonlyMap<string, string[]>,
  ) {
    this.from = client.escapeLiteral(from);
    this.to = client.escapeLiteral(to);
  }

  static async create(client: pg.Client, move: Move): Promise<RowMover> {
    const { rows } = await client.query<{ name: string; columns: string[] }>(
      `SELECT table_name AS name, array_agg(column_name::text) AS columns FROM information_schema.columns
       WHERE table_schema = 'public' AND is_generated = 'NEVER' GROUP BY table_name`,
    );
    return new RowMover(client, move, new Map(rows.map(({ name, columns }) => [name, columns])));
  }

  /** `links`: columns that point at other tables' rows, and become null where those do not go along. */
  async copy(table: string, links: Record<string, string> = {}): Promise<void> {
    await this.run(
      `INSERT INTO ${table} (${this.namesOf(table)}) SELECT ${this.valuesOf(table, { id: table, ...links })}
       FROM ${table} t JOIN moving m ON m.kind = '${table}' AND m.id = t.id AND m.is_new WHERE t.org_id = ${this.from}`,
    );
    const there = await this.run(
      `SELECT FROM moving m JOIN ${table} t ON t.org_id = ${this.to} AND t.id = m.target WHERE m.kind = '${table}'`,
    );
    this.moved.set(table, there);
  }

  /** Moves children of the rows that go, some parents at a time, and in the same statement what hangs on the children. */
  async carry(
    table: string,
    column: string,
    parents: string,
    { links = {}, along, onProgress }: CarryOptions = {},
  ): Promise<void> {
    const { rows } = await this.client.query<{ id: string }>('SELECT id FROM moving WHERE kind = $1', [parents]);
    const chosen = `org_id = ${this.from} AND ${column} = ANY ($1::uuid[])`;
    for (let start = 0, total = 0; start < rows.length; start += BATCH_PARENTS) {
      const ids = rows.slice(start, start + BATCH_PARENTS).map(({ id }) => id);
      total += await this.run(
        `WITH ${along ? this.carryAlong(along, `SELECT id FROM ${table} WHERE ${chosen}`) : ''}
         t AS (DELETE FROM ${table} WHERE ${chosen} RETURNING *)
         INSERT INTO ${table} (${this.namesOf(table)}) SELECT ${this.valuesOf(table, links)} FROM t`,
        [ids],
      );
      this.moved.set(table, total);
      onProgress?.(total);
    }
  }

  async remove(table: string): Promise<void> {
    await this.run(
      `DELETE FROM ${table} t USING moving m
       WHERE m.kind = '${table}' AND m.id = t.id AND NOT m.stays AND t.org_id = ${this.from}`,
    );
  }

  async removeOf(table: string, column: string, parents: string): Promise<void> {
    await this.run(
      `DELETE FROM ${table} WHERE org_id = ${this.from} AND ${column} IN (SELECT id FROM moving WHERE kind = '${parents}')`,
    );
  }

  /** Rows that stay let go of rows that go. */
  async unlink(table: string, column: string, parents: string): Promise<void> {
    await this.run(
      `UPDATE ${table} SET ${column} = NULL WHERE org_id = ${this.from} AND ${column} IN (SELECT id FROM moving WHERE kind = '${parents}')`,
    );
  }

  /** Directories are found by something else than the organization: their rows change in place. */
  async reroute(directory: string, column: string, parents: string): Promise<void> {
    await this.run(
      `UPDATE ${directory} SET org_id = ${this.to} WHERE org_id = ${this.from}
       AND ${column} IN (SELECT id FROM moving WHERE kind = '${parents}')`,
    );
  }

  /** A statement of its own about rows that `moving` names. */
  async run(sql: string, values?: unknown[]): Promise<number> {
    return (await this.client.query(sql, values)).rowCount ?? 0;
  }

  /** References are looked at once the whole statement is done: rows and what refers to them can change places in one. */
  private carryAlong({ table, column }: { table: string; column: string }, parents: string): string {
    return `gone AS (DELETE FROM ${table} WHERE org_id = ${this.from} AND ${column} IN (${parents}) RETURNING *),
      come AS (INSERT INTO ${table} (${this.namesOf(table)}) SELECT ${this.valuesOf(table, {})} FROM gone t),`;
  }

  private namesOf(table: string): string {
    return (this.columns.get(table) ?? []).join(', ');
  }

  private valuesOf(table: string, links: Record<string, string>): string {
    const valueOf = (column: string) => {
      if (column === 'org_id') return this.to;
      const kind = links[column];
      return kind ? `(SELECT l.target FROM moving l WHERE l.kind = '${kind}' AND l.id = t.${column})` : `t.${column}`;
    };
    return (this.columns.get(table) ?? []).map(valueOf).join(', ');
  }
}
