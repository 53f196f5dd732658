import type { Table } from '../catalogue/catalogue.js';
import { findTable, hasColumn } from '../catalogue/tables.js';
import type { JournalEntry } from '../database/journal.js';
import { ident } from '../database/sql.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { foreignKeyContractNotes, foreignKeyContractSteps, keptForeignKeys } from './contract-keys.js';
import { derivationOf, familyOf } from './owned-tables.js';
import type { Step } from './phase.js';
import { ANY_ORGANIZATION_POLICY, contractPolicyStep } from './policies.js';
import { dropIndex, rebuildIndex } from './rebuild-index.js';
import { Remarks } from './remarks.js';
import { triggerSteps } from './trigger-steps.js';
import type { UniqueKey } from './unique-keys.js';
import { scopedTwin, uniqueKeys } from './unique-keys.js';

/**
 * Takes away what only code needs that knows of no organizations: it stops working here. Foreign keys go before the unique keys
 * that they point to, and triggers before the indexes by which they look.
 */
export async function contractSteps(work: Work): Promise<Step[]> {
  const remarks = await Remarks.read(work.session);
  const expanded = (await work.journal.exists()) ? await work.journal.entries('expand') : [];
  const triggers = work.derivations.flatMap((derivation) => triggerSteps(work, derivation));
  return [
    ...foreignKeyContractSteps(work, remarks),
    ...uniqueKeys(work)
      .filter((key) => whyKept(work, remarks, key) === null)
      .map((key) => uniqueKeyStep(work, remarks, key)),
    ...triggers.map(noTriggers),
    ...expanded
      .filter(({ name }) => isTrigger(name) && triggers.every((each) => each.name !== name))
      .map(noTriggersOfGone),
    ...helperIndexSteps(work, remarks, new Set(expanded.map(({ name }) => name))),
    ...policyTables(work).map(contractPolicyStep),
  ];
}

/** What stays, and why. */
export async function contractNotes(work: Work): Promise<string[]> {
  const remarks = await Remarks.read(work.session);
  const unique = uniqueKeys(work).flatMap((key) => {
    const why = whyKept(work, remarks, key);
    return why === null ? [] : [`${key.table.name}: ${key.index.name} stays: ${why}`];
  });
  return [
    ...foreignKeyContractNotes(work),
    ...unique,
    ...work.derivations.flatMap(({ table }) => primaryKeyNotes(work, table)),
  ];
}

/** Null where it goes. Before expand nothing stands yet; then it goes by what will. */
function whyKept(work: Work, remarks: Remarks, key: UniqueKey): string | null {
  const pointing = keptForeignKeys(work).some(
    ({ references, referencedColumns }) =>
      references === key.table.oid && referencedColumns.toSorted().join() === key.index.columns.toSorted().join(),
  );
  if (pointing) return 'a foreign key points to it';
  if (remarks.isReplicaIdentity(key.index)) return "it is the table's replica identity";
  if (!hasColumn(key.table, ownerColumn(work).name)) return null;
  return scopedTwin(work, key) ? null : 'there is none with the organization';
}

function uniqueKeyStep(work: Work, remarks: Remarks, { table, index }: UniqueKey): Step {
  return {
    phase: 'contract',
    name: `${table.name}: no unique key ${index.name}`,
    table: table.name,
    lock: 'ACCESS EXCLUSIVE',
    ...dropping(table, index.constraint !== null, dropIndex(table, index)),
    undoes: rebuildIndex(work.catalogue, remarks, table, index),
  };
}

/** An index of a constraint goes with it. Without one it goes while everybody reads and writes. */
function dropping(
  { kind }: Table,
  isConstraint: boolean,
  [first = '', ...others]: string[],
): Pick<Step, 'does' | 'how'> {
  if (isConstraint) return { does: [first], how: 'transaction' };
  return { does: [first, ...others], how: kind === 'ordinary' ? 'online' : 'transaction' };
}

/** Made again as expand made them. */
function noTriggers({ name, does, undoes, ...step }: Step): Step {
  return {
    ...step,
    phase: 'contract',
    name: name.replace(': trigger', ': no trigger'),
    lock: 'ACCESS EXCLUSIVE',
    does: undoes,
    undoes: [...undoes, ...does],
  };
}

const isTrigger = (name: string): boolean => name.includes(': trigger that ');

/** Those that had to do with tables which were dropped since: they serve nobody, and are not made again. */
function noTriggersOfGone({ name, undoes }: JournalEntry): Step {
  return {
    phase: 'contract',
    name: name.replace(': trigger', ': no trigger'),
    table: null,
    lock: 'ACCESS EXCLUSIVE',
    does: undoes,
    undoes: [],
    how: 'transaction',
  };
}

/** The indexes that expand has made serve its triggers; also one that was finished after the command was killed, and never noted as done. */
function helperIndexSteps(work: Work, remarks: Remarks, expanded: ReadonlySet<string>): Step[] {
  return work.catalogue.tables.flatMap((table) =>
    table.indexes
      .filter(({ name, parentOid }) => parentOid === null && expanded.has(`${table.name}: index ${name}`))
      .map((index): Step => ({
        phase: 'contract',
        name: `${table.name}: no index ${index.name}`,
        table: table.name,
        lock: 'SHARE UPDATE EXCLUSIVE',
        ...dropping(table, false, dropIndex(table, index)),
        undoes: rebuildIndex(work.catalogue, remarks, table, index),
      })),
  );
}

/** Where isolate has put the policy. */
function policyTables(work: Work): Table[] {
  const organizations = findTable(work.catalogue, work.plan.organization.table);
  const owned = work.derivations.flatMap((derivation) => familyOf(work, derivation));
  const all = organizations && !derivationOf(work, organizations.oid) ? [...owned, organizations] : owned;
  return all.filter(({ rowSecurity }) => rowSecurity.policies.includes(ANY_ORGANIZATION_POLICY));
}

/**
 * Two organizations cannot give the same key to two rows. It does no harm where a part of the key is made by the database, or
 * points to a row that is one organization's alone.
 */
function primaryKeyNotes(work: Work, { name, columns, primaryKey, foreignKeys }: Table): string[] {
  if (!primaryKey || primaryKey.includes(ownerColumn(work).name)) return [];
  const pointing = foreignKeys.filter(({ references }) => derivationOf(work, references)).flatMap((key) => key.columns);
  const parts = columns.filter((column) => primaryKey.includes(column.name));
  const isApart = parts.some(
    (column) =>
      column.default !== null || column.isIdentity || column.baseType === 'uuid' || pointing.includes(column.name),
  );
  if (isApart) return [];
  const key = primaryKey.map(ident).join(', ');
  return [
    `${name}: its primary key (${key}) stays, and is unique over all organizations: no two of them can use the same`,
  ];
}
