import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { TokenVault } from '../src/modules/integrations/token-vault.js';
import { configFor } from './scene.js';

/** A page that is connected: whose it is, and what opens it. */
export interface Page {
  orgId: string;
  integrationId: string;
  oaId: string;
}

export const TOKEN = `EAAB${'x'.repeat(180)}`;

const ORGANIZATIONS = `SELECT id FROM organizations WHERE id LIKE 'bench\\_%' ORDER BY id`;

const CONNECT = `
  WITH connected AS (
    INSERT INTO integrations (org_id, id, platform, oa_id, name, access_token, token_key_id)
    SELECT org_id, id, 'facebook', oa_id, oa_id, token, $1
    FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) AS page (org_id, id, oa_id, token)
    RETURNING org_id, id, oa_id
  )
  INSERT INTO channel_routes (platform, external_id, org_id, integration_id)
  SELECT 'facebook', oa_id, org_id, id FROM connected`;

/** So many new pages, handed round to the organizations that were seeded; each has a token, sealed. */
export async function connectPages(ownerUrl: string, count: number): Promise<Page[]> {
  const vault = new TokenVault(configFor(ownerUrl));
  return asOwner(ownerUrl, async (owner) => {
    const { rows } = await owner.query<{ id: string }>(ORGANIZATIONS);
    const pages = Array.from({ length: count }, (_, at) => newPage(rows[at % rows.length]?.id ?? ''));
    const tokens = pages.map((page) => vault.seal(TOKEN, { ...page, field: 'accessToken' }));
    const columns = [pages.map((page) => page.orgId), pages.map((page) => page.integrationId)];
    await owner.query(CONNECT, [vault.keyId, ...columns, pages.map((page) => page.oaId), tokens]);
    return pages;
  });
}

export async function asOwner<T>(ownerUrl: string, work: (owner: pg.Client) => Promise<T>): Promise<T> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  return work(owner).finally(() => owner.end());
}

function newPage(orgId: string): Page {
  return { orgId, integrationId: uuidv7(), oaId: `page-${randomUUID()}` };
}
