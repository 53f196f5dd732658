import type pg from 'pg';
import type { Move } from './organization-move-plan.js';

/** Parents whose children are carried by one statement. */
const BATCH_PARENTS = 500;

/** Writes rows that the table `moving` names anew in the other organization, and removes the old ones. */
export class RowMover {
  /** Rows by table that were written there, or were there already. */
  readonly moved = new Map<string, number>();

  private readonly from: string;
  private readonly to: string;

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

  /** Moves children of the rows that go, some parents at a time. */
  async carry(
    table: string,
    column: string,
    parents: string,
    onProgress: (rows: number) => void = () => undefined,
  ): Promise<void> {
    const { rows } = await this.client.query<{ id: string }>('SELECT id FROM moving WHERE kind = $1', [parents]);
    for (let start = 0, total = 0; start < rows.length; start += BATCH_PARENTS) {
      const ids = rows.slice(start, start + BATCH_PARENTS).map(({ id }) => id);
      total += await this.run(
        `WITH t AS (DELETE FROM ${table} WHERE org_id = ${this.from} AND ${column} = ANY ($1::uuid[]) RETURNING *)
         INSERT INTO ${table} (${this.namesOf(table)}) SELECT ${this.valuesOf(table, {})} FROM t`,
        ids,
      );
      this.moved.set(table, total);
      onProgress(total);
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

  /** A page that goes later than its conversations finds them there. */
  async relinkPages(): Promise<void> {
    await this.run(
      `UPDATE conversations c SET integration_id = i.id
       FROM integrations i JOIN moving m ON m.kind = 'integrations' AND m.id = i.id
       WHERE i.org_id = ${this.to} AND c.org_id = ${this.to} AND c.integration_id IS NULL
         AND c.platform = i.platform AND c.oa_id = i.oa_id`,
    );
  }

  /** Keys that those who go have made, but for platform keys; and no invitation of theirs stays open. */
  async moveKeys(): Promise<void> {
    await this.run(
      `INSERT INTO moving (kind, id, target) SELECT 'api_keys', k.id, k.id FROM api_keys k
       WHERE k.org_id = ${this.from} AND k.created_by IN (SELECT id FROM moving WHERE kind = 'users')
         AND NOT EXISTS (SELECT FROM unnest(k.scopes) scope WHERE scope LIKE 'organizations:%')`,
    );
    await this.copy('api_keys');
    await this.reroute('api_key_routes', 'api_key_id', 'api_keys');
    await this.remove('api_keys');
    await this.run(
      `UPDATE invitations SET revoked_at = now() WHERE org_id = ${this.from} AND accepted_at IS NULL
       AND revoked_at IS NULL AND invited_by IN (SELECT id FROM moving WHERE kind = 'users')`,
    );
  }

  private async run(sql: string, ids?: string[]): Promise<number> {
    return (await this.client.query(sql, ids && [ids])).rowCount ?? 0;
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
