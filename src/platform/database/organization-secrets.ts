import type pg from 'pg';
import { messageOf } from '../errors/thrown.js';
import type { SecretVault } from '../secrets/secret-vault.js';
import type { Move } from './organization-move-plan.js';

interface SealedTable {
  table: string;
  /** The column that says whose it is, by account or, of what users make, by user. */
  owner: 'account_id' | 'created_by';
  /** The column that says which key sealed the others. */
  key: string;
  /** By column, what SecretVault calls it. */
  fields: Record<string, string>;
}

/** Everything that is sealed for its row, which names the organization. */
const SEALED: SealedTable[] = [
  {
    table: 'integrations',
    owner: 'account_id',
    key: 'token_key_id',
    fields: { access_token: 'accessToken', refresh_token: 'refreshToken' },
  },
  { table: 'chatbots', owner: 'account_id', key: 'secret_key_id', fields: { secret: 'chatbot secret' } },
  {
    table: 'webhook_endpoints',
    owner: 'created_by',
    key: 'secret_key_id',
    fields: { secret: 'secret', previous_secret: 'previousSecret' },
  },
];

/** One row's secrets, sealed for the organization that it goes to. */
export interface ResealedRow {
  of: SealedTable;
  id: string;
  sealed: (string | null)[];
}

interface KeptRow {
  id: string;
  keyId: string;
  sealed: (string | null)[];
}

/** Opens the secrets of an organization, and seals them for another: each opens in its own row alone. */
export class OrganizationSecrets {
  constructor(
    private readonly client: pg.Client,
    private readonly vault: SecretVault,
    private readonly move: Move,
  ) {}

  /** Of all rows that could go; and why not, by row. Writes nothing. */
  async reseal(): Promise<{ resealed: ResealedRow[]; refused: Map<string, string> }> {
    const resealed: ResealedRow[] = [];
    const refused = new Map<string, string>();
    for (const of of SEALED)
      for (const row of await this.rowsOf(of)) {
        try {
          resealed.push({ of, id: row.id, sealed: this.sealedAnew(of, row) });
        } catch (error) {
          refused.set(row.id, messageOf(error));
        }
      }
    return { resealed, refused };
  }

  /** Into the rows that have gone; those that stayed are not there. */
  async write(rows: ResealedRow[]): Promise<void> {
    for (const { of, id, sealed } of rows) {
      const set = Object.keys(of.fields).map((column, index) => `${column} = $${index + 4}`);
      await this.client.query(
        `UPDATE ${of.table} SET ${of.key} = $3, ${set.join(', ')} WHERE org_id = $1 AND id = $2`,
        [this.move.to, id, this.vault.keyId, ...sealed],
      );
    }
  }

  private async rowsOf({ table, owner, key, fields }: SealedTable): Promise<KeptRow[]> {
    const { from, accounts, users } = this.move;
    const { rows } = await this.client.query<KeptRow>(
      `SELECT id, ${key} AS "keyId", ARRAY[${Object.keys(fields).join(', ')}] AS sealed
       FROM ${table} WHERE org_id = $1 AND ${owner} = ANY ($2::uuid[]) AND ${key} IS NOT NULL`,
      [from, owner === 'account_id' ? accounts : users],
    );
    return rows;
  }

  private sealedAnew({ fields }: SealedTable, { id: rowId, keyId, sealed }: KeptRow): (string | null)[] {
    const { from, to } = this.move;
    return Object.values(fields).map((field, index) => {
      const kept = sealed[index] ?? null;
      if (kept === null) return null;
      return this.vault.seal(this.vault.open(kept, keyId, { orgId: from, rowId, field }), { orgId: to, rowId, field });
    });
  }
}
