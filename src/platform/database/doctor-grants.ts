import type { DatabaseRole } from './database-connections.js';
import type { GrantFacts, TableFacts } from './doctor-catalogue.js';
import { kindOf } from './shared-tables.js';

const ALL = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
/** What a role has where it has not all: the audit log is never rewritten, nor what nodes tell each other, and members do not set their own plan. */
const LESS: Record<DatabaseRole, Record<string, string[]>> = {
  polydesk_app: { audit_entries: ['SELECT', 'INSERT'], organizations: ['SELECT'], organization_names: ['SELECT'] },
  polydesk_system: {
    audit_entries: ['SELECT', 'INSERT', 'DELETE'],
    socket_io_attachments: ['SELECT', 'INSERT', 'DELETE'],
    _prisma_migrations: [],
  },
};
const OWN_ORGANIZATION_COLUMNS = ['display_name', 'email', 'phone', 'settings', 'updated_at'];

/** Grants that are missing, and grants that go too far. */
export function grantFaults(facts: TableFacts): string[] {
  return facts.grants.flatMap((grant) => faultsOf(facts, grant));
}

function faultsOf({ table, isPartition }: TableFacts, { role, privileges, changes }: GrantFacts): string[] {
  const expected = isPartition ? [] : expectedOf(role, table);
  const missing = expected.filter((privilege) => !privileges.includes(privilege));
  const excess = privileges.filter((privilege) => !expected.includes(privilege));
  const columns = excessColumns(role, table, changes, expected);
  return [
    ...(missing.length > 0 ? [`${role} lacks ${missing.join(', ')}`] : []),
    ...(excess.length > 0 ? [`${role} has ${excess.join(', ')}`] : []),
    ...(columns.length > 0 ? [`${role} may change ${columns.join(', ')}`] : []),
  ];
}

function expectedOf(role: DatabaseRole, table: string): string[] {
  if (role === 'polydesk_app' && kindOf(table) === 'shared') return [];
  return LESS[role][table] ?? ALL;
}

function excessColumns(role: DatabaseRole, table: string, changes: string[], expected: string[]): string[] {
  if (expected.includes('UPDATE')) return [];
  const allowed = role === 'polydesk_app' && table === 'organizations' ? OWN_ORGANIZATION_COLUMNS : [];
  return changes.filter((column) => !allowed.includes(column));
}
