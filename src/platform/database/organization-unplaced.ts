import type pg from 'pg';
import type { Home, Homes, Person } from './organization-homes.js';
import type { Unplaced } from './organization-move-plan.js';

interface OwnedRow {
  kind: Unplaced['kind'];
  id: string;
  label: string;
  accountId: string | null;
}

/** What says whose it is by itself. Messages go with their conversation, customers with theirs. */
const OWNED = `SELECT 'integration' AS kind, id, platform || ' ' || oa_id AS label, account_id AS "accountId"
    FROM integrations WHERE org_id = $1 AND (account_id IS NULL OR account_id = ANY ($2::uuid[]))
  UNION ALL SELECT 'chatbot', id, name, account_id
    FROM chatbots WHERE org_id = $1 AND (account_id IS NULL OR account_id = ANY ($2::uuid[]))
  UNION ALL SELECT 'conversation', id, platform || ' ' || oa_id, account_id
    FROM conversations WHERE org_id = $1 AND (account_id IS NULL OR account_id = ANY ($2::uuid[]))
  UNION ALL SELECT 'quick reply', id, shortcut, account_id
    FROM quick_replies WHERE org_id = $1 AND (account_id IS NULL OR account_id = ANY ($2::uuid[]))
  UNION ALL SELECT 'customer', id, platform || ' ' || external_id, NULL
    FROM customers p WHERE org_id = $1
     AND NOT EXISTS (SELECT FROM conversations c WHERE c.org_id = $1 AND c.customer_id = p.id) ORDER BY 1, 2`;
/** What of `source` nobody can say where it belongs. `accounts`: all that its rows name. */
export async function findUnplaced(
  client: pg.Client,
  source: string,
  { people, homes, accounts }: { people: Person[]; homes: Homes; accounts: string[] },
): Promise<Unplaced[]> {
  const users = people
    .filter(({ orgId }) => orgId === source)
    .map((person) => ({ kind: 'user' as const, id: person.id, label: person.username, home: homes.of(person) }));
  const lost = accounts.filter((account) => 'reason' in homes.ofAccount(account));
  const { rows } = await client.query<OwnedRow>(OWNED, [source, lost]);
  const owned = rows.map(({ accountId, ...row }) => ({ ...row, home: homeOf(row.kind, homes.ofAccount(accountId)) }));
  return [...users, ...owned].flatMap(({ home, ...row }) =>
    'reason' in home ? [{ ...row, reason: home.reason }] : [],
  );
}

function homeOf(kind: Unplaced['kind'], home: Home): Home {
  return kind === 'customer' ? { reason: 'has no conversation that would say whose customer it is' } : home;
}
