import type { Column, Table } from '../catalogue/catalogue.js';
import { isUniqueOn } from '../catalogue/tables.js';
import { isText } from './comparable.js';
import { edgeOn } from './edges.js';
import type { Edge } from './edges.js';

/**
 * Joins that no foreign key declares, but names and types speak for: `flow_logs.wa_id = customers.wa_id`,
 * `audit.userId = users.id`. Whether the values agree must be asked of the rows.
 */
export function likelyLinks(table: Table, reached: Table[]): Edge[] {
  const keys = new Set(table.foreignKeys.flatMap(({ columns }) => columns));
  const columns = table.columns.filter(({ name, baseType }) => !keys.has(name) && familyOf(baseType) !== null);
  return columns.flatMap((column) =>
    reached.flatMap((parent) =>
      parent.columns
        .filter((other) => isLikely(table, column, parent, other))
        .map((other) => edgeOn(table, parent, [{ child: column.name, parent: other.name }])),
    ),
  );
}

/** Two columns that together say of which table, and of which row: `owner_type` and `owner_id`. */
export interface TypedLink {
  type: Column;
  id: Column;
}

export function typedLinks({ columns }: Table): TypedLink[] {
  return columns.flatMap((type) => {
    const stem = /^(.*?)_?(?:type|kind|class)$/i.exec(type.name)?.[1];
    const id = stem ? columns.find(({ name }) => plain(name) === `${plain(stem)}id`) : undefined;
    return id && familyOf(type.baseType) !== 'number' ? [{ type, id }] : [];
  });
}

/** The table that a value of a type column speaks of: `Order`, `orders`, `App\Models\Order`. */
export function tableOfType(value: string, tables: Table[]): Table | undefined {
  const local = plain(value.split(/[\\/.:]+/).at(-1) ?? value);
  return tables.find(({ localName }) => namesOf(localName).includes(local));
}

function isLikely(table: Table, column: Column, parent: Table, other: Column): boolean {
  if (familyOf(other.baseType) === null || (table.oid === parent.oid && column.name === other.name)) return false;
  const [mine, theirs] = [plain(column.name), plain(other.name)];
  const isKey = isUniqueOn(parent, [other.name]);
  const isNamedAfter = isKey && namesOf(parent.localName).some((name) => mine === `${name}${theirs}`);
  const isSame =
    theirs !== 'id' && mine === theirs && (isKey || SPEAKS_OF_SOMEBODY.test(theirs)) && !SPEAKS_OF_NOTHING.test(theirs);
  const isPrefixed =
    theirs !== 'id' && table.oid === parent.oid && mine.endsWith(theirs) && SPEAKS_OF_SOMEBODY.test(theirs);
  return isNamedAfter || isSame || isPrefixed;
}

/** What different writers make of a name: `accountId`, `account_id`. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** `companies`, `company` */
function namesOf(localName: string): string[] {
  const name = plain(localName);
  return [name, name.replace(/ies$/, 'y'), name.replace(/es$/, ''), name.replace(/s$/, ''), ...(IRREGULAR[name] ?? [])];
}

const IRREGULAR: Record<string, string[]> = { people: ['person'], children: ['child'], staff: ['staffmember'] };

const SPEAKS_OF_SOMEBODY = /id$|uid$|uuid$|email$|phone$|phonenumber$|login$|username$|account$|account(no|number)$/;
const SPEAKS_OF_NOTHING = /^(name|title|label|code|status|type|position|sort|slug)$/;

function familyOf(type: string): 'number' | 'text' | 'uuid' | null {
  if (['smallint', 'integer', 'bigint', 'numeric'].includes(type)) return 'number';
  if (isText(type)) return 'text';
  return type === 'uuid' ? 'uuid' : null;
}
