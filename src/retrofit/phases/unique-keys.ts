import type { Index, Table } from '../catalogue/catalogue.js';
import { ident } from '../database/sql.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { familyOf } from './owned-tables.js';

/** A unique key that knows of no organizations: two of them cannot have the same value. */
export interface UniqueKey {
  table: Table;
  index: Index;
  /** What follows the first parenthesis in its definition: `email) WHERE (NOT is_deleted)` */
  definition: string;
  /** What its twin's name has between those of the table and the organization column, and the ending. */
  stem: string;
}

/** Those of owned tables, primary keys left out. Parts of a partitioned key go with the whole. */
export function uniqueKeys(work: Work): UniqueKey[] {
  const owner = ownerColumn(work).name;
  return work.derivations.flatMap((derivation) =>
    familyOf(work, derivation).flatMap((table) => {
      const indexes = table.indexes.filter((index) => isScoped(index, owner));
      return indexes.map((index, place) => ({
        table,
        index,
        definition: definitionOf(index),
        stem: stemOf(table, index, indexes.slice(0, place)),
      }));
    }),
  );
}

/** The key with the organization before it that does what another one does; undefined where there is none. */
export function scopedTwin(work: Work, { table, definition }: UniqueKey): Index | undefined {
  const owner = ownerColumn(work).name;
  // As PostgreSQL prints names: quoted where they must be.
  const wanted = [owner, ident(owner)].map((name) => `${name}, ${definition}`);
  return table.indexes.find(
    (index) => index.isUnique && index.isValid && index.method === 'btree' && wanted.includes(definitionOf(index)),
  );
}

function isScoped({ isUnique, isPrimary, isValid, parentOid, columns, constraint }: Index, owner: string): boolean {
  return (
    isUnique &&
    !isPrimary &&
    isValid &&
    parentOid === null &&
    !columns.includes(owner) &&
    constraint?.kind !== 'exclusion'
  );
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|[^". ]+)`;
const HEAD = new RegExp(String.raw`^CREATE UNIQUE INDEX ${NAME} ON (?:ONLY )?(?:${NAME}\.)?${NAME} USING btree \(`);

/** Keys, classes, collations, INCLUDE, NULLS NOT DISTINCT, WITH and WHERE, as PostgreSQL prints them. */
function definitionOf({ definition }: Index): string {
  return definition.replace(HEAD, '');
}

/** `email` of `users_email_key`. */
function stemOf({ localName }: Table, { name }: Index, before: Index[]): string {
  const short = shorten(localName, name);
  return before.some((other) => shorten(localName, other.name) === short) ? name : short;
}

function shorten(table: string, name: string): string {
  const stem = (name.startsWith(`${table}_`) ? name.slice(table.length + 1) : name).replace(
    /_(?:key|idx|unique|uniq|uk)$/,
    '',
  );
  return stem === '' ? name : stem;
}
