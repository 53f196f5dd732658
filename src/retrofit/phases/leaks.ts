import type { View } from '../catalogue/catalogue.js';
import { tableOf } from '../catalogue/tables.js';
import { SCHEMA } from '../database/sql.js';
import type { Work } from '../run/work.js';
import { derivationOf } from './owned-tables.js';
import { ANY_ORGANIZATION_POLICY } from './policies.js';

/** What shows rows past their policies. */
export interface Leak {
  kind: 'view' | 'materialized view' | 'function';
  name: string;
  why: string;
  /** Whether the application's role, or everybody, has rights on it. */
  isOpen: boolean;
}

/** Since version 15 views can be read with the rights of whoever reads. */
const INVOKER_VIEWS = 150_000;

/** Views and functions that act with their owner's rights, and that isolate cannot change. */
export function leaksOf(work: Work): Leak[] {
  const views = work.catalogue.views.filter(
    (view) => readsOwned(work, view) && !view.isInvoker && !mayBecomeInvoker(work, view),
  );
  const functions = work.catalogue.definerFunctions.filter(({ signature }) => !signature.startsWith(`${SCHEMA}.`));
  return [
    ...views.map((view): Leak => ({
      kind: view.isMaterialized ? 'materialized view' : 'view',
      name: view.name,
      why: whyOf(work, view),
      isOpen: isOpen(work, view.grantees),
    })),
    ...functions.map(({ signature, owner, isPublic, bypassesRowSecurity }): Leak => ({
      kind: 'function',
      name: signature,
      why: `it is SECURITY DEFINER, and sees what ${owner} sees: of all organizations until contract${bypassesRowSecurity ? ', and after it' : ''}`,
      isOpen: isPublic && (bypassesRowSecurity || isOldCodeLetIn(work)),
    })),
  ];
}

/** Whether isolate can make it read with its reader's rights, and nobody who reads it now would lose it by that. */
export function mayBecomeInvoker(work: Work, view: View): boolean {
  return (
    work.catalogue.serverVersion >= INVOKER_VIEWS && !view.isMaterialized && blockedReaders(work, view).length === 0
  );
}

export function readsOwned(work: Work, { reads }: View): boolean {
  return reads.some((oid) => derivationOf(work, oid) !== undefined);
}

function whyOf(work: Work, view: View): string {
  if (view.isMaterialized)
    return 'it keeps rows of all organizations, and policies do not reach it. Grant nobody rights on it, or give it the organization and a view before it';
  const readers = blockedReaders(work, view);
  if (work.catalogue.serverVersion < INVOKER_VIEWS)
    return `it is read with the rights of ${view.owner}; security_invoker comes with PostgreSQL 15`;
  return `it is read with the rights of ${view.owner}: as security_invoker it would be lost to ${readers.join(', ')}, which may not read its tables`;
}

/** Those who may read the view, and not all that it reads. */
function blockedReaders({ catalogue, plan }: Work, { grantees, reads }: View): string[] {
  const tables = reads.flatMap((oid) => tableOf(catalogue, oid) ?? []);
  const mayRead = (role: string) =>
    tables.every(
      ({ owner, grantees: readers }) => owner === role || readers.includes(role) || readers.includes('public'),
    );
  return grantees.filter((role) => role !== plan.application.role && !mayRead(role));
}

function isOpen({ plan }: Work, grantees: string[]): boolean {
  return grantees.includes('public') || grantees.includes(plan.application.role);
}

/** Before contract, whoever is not the application's role sees all organizations. */
function isOldCodeLetIn({ derivations }: Work): boolean {
  return derivations.some(({ table }) => table.rowSecurity.policies.includes(ANY_ORGANIZATION_POLICY));
}
