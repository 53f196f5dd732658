import { findTable } from '../catalogue/tables.js';
import type { View } from '../catalogue/catalogue.js';
import { ident, literal } from '../database/sql.js';
import type { Derivation } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { readApplicationRole, roleSteps } from './application-role.js';
import type { ApplicationRole } from './application-role.js';
import { grantSteps, sharedTables, viewGrant } from './grant-steps.js';
import { leaksOf, mayBecomeInvoker, readsOwned } from './leaks.js';
import { isMade } from './made-organizations.js';
import { derivationOf, familyOf } from './owned-tables.js';
import type { Step } from './phase.js';
import { policyStep, settingSql } from './policies.js';

/**
 * A role for the application that sees one organization at a time, by row-level security. Policies come before rights, so that
 * the role never sees more; code under other roles goes on as before, until contract.
 */
export async function isolateSteps(work: Work): Promise<Step[]> {
  const role = await readApplicationRole(work);
  const views = work.catalogue.views.filter(
    (view) => readsOwned(work, view) && (view.isInvoker || mayBecomeInvoker(work, view)),
  );
  return [
    ...roleSteps(work, role),
    ...work.derivations.map((derivation) => defaultStep(work, derivation)),
    ...work.derivations.flatMap((derivation) =>
      familyOf(work, derivation).map((table) => policyStep(work, table, ownerColumn(work).name)),
    ),
    ...(await organizationPolicy(work)),
    ...views.flatMap((view) => viewSteps(role, view)),
    ...grantSteps(work, role, views),
  ];
}

/** What the phase leaves to people. */
export async function isolateNotes(work: Work): Promise<string[]> {
  const { members, name } = await readApplicationRole(work);
  const { table, setting } = work.plan.organization;
  const shared = sharedTables(work)
    .map((each) => each.name)
    .filter((each) => each !== table);
  return [
    `New code signs in as a member of ${name}, and begins each transaction with: SELECT set_config('${setting}', '<organization>', true)`,
    ...members.map((member) => `${member} is a member of ${name}, and from now on sees one organization at a time`),
    ...(shared.length > 0 ? [`${name} may read the shared tables (${shared.join(', ')}), and write none of them`] : []),
    ...((await isMade(work))
      ? []
      : [
          `${table}: every organization can be read by ${name}; the tool did not make this table, and leaves its rows open`,
        ]),
    ...leaksOf(work).map(
      ({ kind, name: leak, why, isOpen }) => `${isOpen ? 'LEAK' : 'Beware'}: ${kind} ${leak}: ${why}`,
    ),
  ];
}

/** New code need not name the organization: it is the one that the session acts for. */
function defaultStep(work: Work, { table }: Derivation): Step {
  const { name } = ownerColumn(work);
  const column = `ALTER TABLE ${table.sql} ALTER COLUMN ${ident(name)}`;
  const before = table.columns.find((each) => each.name === name)?.default ?? null;
  return {
    phase: 'isolate',
    name: `${table.name}: default of ${name}`,
    table: table.name,
    lock: 'ACCESS EXCLUSIVE',
    does: [`${column} SET DEFAULT ${before === null ? settingSql(work) : `COALESCE(${settingSql(work)}, ${before})`}`],
    undoes: [before === null ? `${column} DROP DEFAULT` : `${column} SET DEFAULT ${before}`],
    how: 'transaction',
  };
}

/** An organization sees itself. A table of organizations that was there before is the user's. */
async function organizationPolicy(work: Work): Promise<Step[]> {
  const { table: name, id } = work.plan.organization;
  const table = findTable(work.catalogue, name);
  return table && (await isMade(work)) && !derivationOf(work, table.oid) ? [policyStep(work, table, id)] : [];
}

function viewSteps(role: ApplicationRole, view: View): Step[] {
  return [...(view.isInvoker ? [] : [invokerStep(view)]), ...viewGrant(role, view)];
}

function invokerStep({ name, sql, invokerOption }: View): Step {
  const before =
    invokerOption === null ? 'RESET (security_invoker)' : `SET (security_invoker = ${literal(invokerOption)})`;
  return {
    phase: 'isolate',
    name: `${name}: read with the rights of whoever reads`,
    table: null,
    lock: 'ACCESS EXCLUSIVE',
    does: [`ALTER VIEW ${sql} SET (security_invoker = true)`],
    undoes: [`ALTER VIEW ${sql} ${before}`],
    how: 'transaction',
  };
}
