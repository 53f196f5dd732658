import type { Table } from '../catalogue/catalogue.js';
import { ident, objectName, SCHEMA } from '../database/sql.js';
import type { CopyAnswer, Derivation } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { ownFunction, passOnFunction } from './trigger-functions.js';
import type { PassedOn } from './trigger-functions.js';
import type { Step } from './phase.js';

/** Sorts behind the application's own triggers, so that it sees what they made of the row. */
export const TRIGGER_PREFIX = 'zz_polydesk_retrofit';
const OWN_TRIGGER = `${TRIGGER_PREFIX}_own`;
const PASS_ON_TRIGGER = `${TRIGGER_PREFIX}_pass_on`;

/** Triggers that give a row its organization as it is written, and pass a change of it on to the rows that copy it. */
export function triggerSteps(work: Work, derivation: Derivation): Step[] {
  const children = childrenOf(work, derivation.table);
  const own = derivation.answers.length > 0 ? [ownStep(work, derivation)] : [];
  return children.length > 0 ? [...own, passOnStep(work, derivation, children)] : own;
}

function ownStep(work: Work, derivation: Derivation): Step {
  const { table } = derivation;
  const name = functionName('own', table);
  const { insert, update } = whenOwn(work, derivation);
  return step(derivation, 'trigger that gives rows their organization', name, OWN_TRIGGER, [
    ownFunction(work, derivation, name),
    ...placesOf(derivation).flatMap((place) => [
      trigger(place, `${OWN_TRIGGER}_insert`, 'BEFORE INSERT', insert, name),
      trigger(place, `${OWN_TRIGGER}_update`, 'BEFORE UPDATE', update, name),
    ]),
  ]);
}

/** Where the row has none, or where what decides it has changed and nobody said whose it is now. */
function whenOwn(work: Work, derivation: Derivation): { insert: string; update: string } {
  const owner = ident(ownerColumn(work).name);
  const stands = derivation.answers.some((answer) => answer.kind === 'itself' && answer.where !== null);
  const isMoved = stands ? 'true' : haveChanged(decisiveOf(derivation));
  return {
    insert: `NEW.${owner} IS NULL`,
    update: `NEW.${owner} IS NULL OR (NEW.${owner} = OLD.${owner} AND (${isMoved}))`,
  };
}

function passOnStep(work: Work, derivation: Derivation, children: PassedOn[]): Step {
  const name = functionName('pass_on', derivation.table);
  const owner = ident(ownerColumn(work).name);
  const mayComeFirst = children.some(({ answer }) => !answer.isEnforced);
  return step(derivation, 'trigger that passes its organization on', name, PASS_ON_TRIGGER, [
    passOnFunction(work, derivation, children, name),
    ...placesOf(derivation).flatMap((place) => [
      trigger(place, `${PASS_ON_TRIGGER}_update`, 'AFTER UPDATE', whenPassedOn(owner, derivation, children), name),
      ...(mayComeFirst
        ? [trigger(place, `${PASS_ON_TRIGGER}_insert`, 'AFTER INSERT', `NEW.${owner} IS NOT NULL`, name)]
        : []),
    ]),
  ]);
}

/**
 * Where the row has come to another organization, or is found by another key. Not where it has only now got its first one:
 * that of its rows the backfill does, in small batches, and the application's write must not wait for a hundred thousand of them.
 */
function whenPassedOn(owner: string, derivation: Derivation, children: PassedOn[]): string {
  const keys = children.flatMap(({ answer }) => answer.on.map(({ parent }) => parent));
  const hadOne = `OLD.${owner} IS NOT NULL OR ${haveChanged(decisiveOf(derivation))}`;
  return `(NEW.${owner} IS DISTINCT FROM OLD.${owner} AND (${hadOne})) OR ${haveChanged(keys)}`;
}

/** Columns that say whose a row is. */
function decisiveOf({ answers }: Derivation): string[] {
  return answers.flatMap((answer) => (answer.kind === 'copy' ? answer.on.map(({ child }) => child) : []));
}

function haveChanged(columns: string[]): string {
  const each = [...new Set(columns)].map((column) => `NEW.${ident(column)} IS DISTINCT FROM OLD.${ident(column)}`);
  return each.length > 0 ? each.join(' OR ') : 'false';
}

function childrenOf({ derivations }: Work, table: Table): PassedOn[] {
  return derivations.flatMap((child) =>
    child.answers
      .filter((answer): answer is CopyAnswer => answer.kind === 'copy' && answer.parent.oid === table.oid)
      .map((answer) => ({ child, answer })),
  );
}

/** Partitions get a partitioned table's triggers; those that inherit get nothing. */
function placesOf({ table, holders }: Derivation): Table[] {
  return table.kind === 'partitioned' ? [table] : holders;
}

function functionName(kind: string, table: Table): string {
  // With a dot, as in "own_sales.order_items": sales_order.items has another one.
  return `${SCHEMA}.${ident(objectName(kind, `${table.schema}.${table.localName}`))}`;
}

function trigger({ sql }: Table, name: string, event: string, when: string, does: string): string {
  return `CREATE TRIGGER ${ident(name)} ${event} ON ${sql} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION ${does}()`;
}

function step(derivation: Derivation, what: string, functionSql: string, prefix: string, does: string[]): Step {
  const places = placesOf(derivation);
  const drops = places.flatMap(({ sql }) =>
    ['insert', 'update'].map((event) => `DROP TRIGGER IF EXISTS ${ident(`${prefix}_${event}`)} ON ${sql}`),
  );
  return {
    phase: 'expand',
    name: `${derivation.table.name}: ${what}`,
    table: derivation.table.name,
    lock: 'SHARE ROW EXCLUSIVE',
    does,
    undoes: [...drops, `DROP FUNCTION IF EXISTS ${functionSql}()`],
    how: 'transaction',
  };
}
