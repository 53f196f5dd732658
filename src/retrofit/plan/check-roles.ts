import type { Catalogue } from '../catalogue/catalogue.js';
import { findTable } from '../catalogue/tables.js';
import { SCHEMA } from '../database/sql.js';
import type { Plan } from './plan.js';

/** The role that row-level security is to bind, and the tool's own. */
export function checkRoles({ application: { role }, tables }: Plan, catalogue: Catalogue): string[] {
  const faults: string[] = [];
  if (/^pg_/.test(role) || ['public', 'none'].includes(role))
    faults.push(`application.role: expected another name, since ${role} is PostgreSQL's own`);
  const owned = Object.keys(tables).filter(
    (name) => !tables[name]?.shared && findTable(catalogue, name)?.owner === role,
  );
  if (owned.length > 0)
    faults.push(
      `application.role: expected a role that owns no table, but ${role} owns ${owned.slice(0, 3).join(', ')}; who owns a table can switch its row-level security off`,
    );
  if (!catalogue.role.mayKeepJournal)
    faults.push(
      `database: ${catalogue.role.name} may not keep the schema ${SCHEMA} in ${catalogue.database}; GRANT CREATE ON DATABASE to it`,
    );
  return faults;
}
