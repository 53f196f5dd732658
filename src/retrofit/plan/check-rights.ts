import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { descendantsOf } from '../catalogue/tables.js';
import { ident } from '../database/sql.js';

/** What keeps the tool from changing a table and all that belongs to it. */
export function checkRights(catalogue: Catalogue, table: Table): string[] {
  const faults = [table, ...descendantsOf(catalogue, table)].flatMap((part) => {
    const fault = rightMissing(catalogue, part);
    return fault === null ? [] : [part === table ? fault : `${part.name}, a part of it, ${fault}`];
  });
  return [...faults, ...foreignParts(catalogue, table)];
}

function rightMissing({ role }: Catalogue, table: Table): string | null {
  const { owner, schema } = table;
  const us = ident(role.name);
  if (!table.mayBeAltered)
    return `belongs to ${owner}, and ${role.name} may not alter it; connect as ${owner}, or GRANT ${ident(owner)} TO ${us}`;
  if (!table.mayBeRead)
    return `cannot be read by ${role.name}; GRANT USAGE ON SCHEMA ${ident(schema)} TO ${us}; GRANT SELECT ON ${table.sql} TO ${us}`;
  if (table.hidesRows) return `hides rows from ${role.name} by row-level security; connect as a role with BYPASSRLS`;
  if (!table.mayBeIndexed)
    return `can be given no index by ${role.name}; GRANT CREATE ON SCHEMA ${ident(schema)} TO ${us}`;
  return null;
}

function foreignParts(catalogue: Catalogue, table: Table): string[] {
  const parts = new Set([table, ...descendantsOf(catalogue, table)].map(({ oid }) => oid));
  return catalogue.foreignTables
    .filter(({ parentOid }) => parentOid !== null && parts.has(parentOid))
    .map(
      ({ name }) =>
        `has the foreign table ${name} as a part, whose rows are in another database; detach it, or say shared`,
    );
}
