import type { Derivation } from '../derivation/derivation.js';
import type { Table } from '../catalogue/catalogue.js';
import { SCHEMA } from '../database/sql.js';
import type { Session } from '../database/session.js';

/** How far a pass over a holder is, kept in the database: it moves in the transaction of each batch. */
export interface Cursor {
  nextBlock: number;
  blocks: number;
  isDone: boolean;
}

/** The table `polydesk_retrofit.passes`. */
export class Passes {
  constructor(private readonly session: Session) {}

  async of({ name }: Table): Promise<Cursor | undefined> {
    const [cursor] = await this.session.rows<Cursor>(
      `SELECT next_block::float8 AS "nextBlock", blocks::float8 AS blocks, is_done AS "isDone" FROM ${SCHEMA}.passes WHERE holder = $1`,
      [name],
    );
    return cursor;
  }

  async begin({ table }: Derivation, { name }: Table, blocks: number): Promise<void> {
    await this.session.run(
      `INSERT INTO ${SCHEMA}.passes (table_name, holder, next_block, blocks) VALUES ($1, $2, 0, $3)
       ON CONFLICT (holder) DO UPDATE SET next_block = 0, blocks = $3, is_done = false, updated_at = now()`,
      [table.name, name, blocks],
    );
  }

  async move({ name }: Table, nextBlock: number, rows: number, ms: number): Promise<void> {
    await this.session.run(
      `UPDATE ${SCHEMA}.passes SET next_block = $2, rows_owned = rows_owned + $3, busy_ms = busy_ms + $4, updated_at = now() WHERE holder = $1`,
      [name, nextBlock, rows, Math.round(ms)],
    );
  }

  /** The next one begins at the first block. */
  async rewind({ name }: Table): Promise<void> {
    await this.session.run(`UPDATE ${SCHEMA}.passes SET next_block = 0, updated_at = now() WHERE holder = $1`, [name]);
  }

  async finish(holders: Table[]): Promise<void> {
    await this.session.run(`UPDATE ${SCHEMA}.passes SET is_done = true, updated_at = now() WHERE holder = ANY ($1)`, [
      holders.map(({ name }) => name),
    ]);
  }

  async areDone(holders: Table[]): Promise<boolean> {
    const { missing } = await this.session.row<{ missing: boolean }>(
      `SELECT EXISTS (SELECT FROM unnest($1::text[]) AS h(name)
         WHERE NOT EXISTS (SELECT FROM ${SCHEMA}.passes p WHERE p.holder = h.name AND p.is_done)) AS missing`,
      [holders.map(({ name }) => name)],
    );
    return !missing;
  }
}
