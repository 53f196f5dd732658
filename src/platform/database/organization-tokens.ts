import type pg from 'pg';
import { messageOf } from '../errors/thrown.js';
import type { Move } from './organization-move-plan.js';

/** Of an integration's row: what its secrets are sealed as, and by which key. */
export interface SealedTokens {
  accessToken: string | null;
  refreshToken: string | null;
  tokenKeyId: string | null;
}

/** Seals an integration's tokens for another organization. Throws a sentence where they do not open. */
export type Reseal = (tokens: SealedTokens, integrationId: string, from: string, to: string) => SealedTokens;

export type IntegrationTokens = SealedTokens & { id: string };

/** The tokens of the pages that go, sealed for where they go; and why not, by integration. Writes nothing. */
export async function resealTokens(
  client: pg.Client,
  reseal: Reseal,
  { from, to, accounts }: Move,
): Promise<{ resealed: IntegrationTokens[]; refused: Map<string, string> }> {
  const { rows } = await client.query<IntegrationTokens>(
    `SELECT id, access_token AS "accessToken", refresh_token AS "refreshToken", token_key_id AS "tokenKeyId"
     FROM integrations WHERE org_id = $1 AND account_id = ANY ($2::uuid[]) AND token_key_id IS NOT NULL`,
    [from, accounts],
  );
  const resealed: IntegrationTokens[] = [];
  const refused = new Map<string, string>();
  for (const { id, ...tokens } of rows) {
    try {
      resealed.push({ id, ...reseal(tokens, id, from, to) });
    } catch (error) {
      refused.set(id, messageOf(error));
    }
  }
  return { resealed, refused };
}

export async function writeTokens(client: pg.Client, orgId: string, all: IntegrationTokens[]): Promise<void> {
  for (const { id, accessToken, refreshToken, tokenKeyId } of all)
    await client.query(
      'UPDATE integrations SET access_token = $3, refresh_token = $4, token_key_id = $5 WHERE org_id = $1 AND id = $2',
      [orgId, id, accessToken, refreshToken, tokenKeyId],
    );
}
