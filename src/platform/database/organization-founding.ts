import type pg from 'pg';
import type { Person } from './organization-homes.js';

/** The organization's own name where it is there already; else one of the admin's username, made longer where that is taken. */
export async function organizationNameFor(client: pg.Client, id: string, admin: Person | null): Promise<string> {
  const { rows } = await client.query<{ id: string; name: string }>('SELECT id, name FROM organizations');
  const own = rows.find((row) => row.id === id);
  if (own || !admin) return own?.name ?? id;
  const name = toName(admin.username);
  const isFree = name.length > 1 && !rows.some((row) => row.name === name);
  return isFree ? name : `${name || 'organization'}-${admin.accountId.slice(-12)}`;
}

/** Does nothing where an earlier run made it. */
export async function createOrganization(
  client: pg.Client,
  id: string,
  name: string,
  admin: Person | null,
): Promise<void> {
  await client.query(
    `INSERT INTO organizations (id, name, display_name, email, created_by) VALUES ($1, $2, $3, $4, 'organizations split')
     ON CONFLICT (id) DO NOTHING`,
    [id, name, admin?.name ?? admin?.username, admin?.email],
  );
  await client.query('INSERT INTO organization_names (name, org_id) VALUES ($1, $2) ON CONFLICT (org_id) DO NOTHING', [
    name,
    id,
  ]);
}

/** `Mai.Travel@Example.com` -> `mai-travel-example-com`. */
function toName(username: string): string {
  const dashed = username.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return dashed.slice(0, 50).replaceAll(/^-|-$/g, '');
}
