import type { Catalogue, Index, Table } from '../catalogue/catalogue.js';
import type { TenantTable } from './tenants.js';

/** What stays behind in the tenants' schemas, one sentence each: nobody should miss it afterwards without having been told. */
export function leftOut({ views }: Catalogue, schemas: string[], tables: TenantTable[]): string[] {
  const names = views.filter(({ schema }) => schemas.includes(schema)).map(({ name }) => name.split('.').at(-1));
  return [
    ...tables.flatMap((table) => [...unique(table, indexesOf), ...unique(table, triggersOf), ...unique(table, idsOf)]),
    ...[...new Set(names)].map((name) => `${name}: a view; it is not taken over`),
  ];
}

function unique({ name, bySchema }: TenantTable, sentences: (table: Table) => string[]): string[] {
  return [...new Set([...bySchema.values()].flatMap(sentences))].map((sentence) => `${name}${sentence}`);
}

/** Plain ones are made for the shared table. */
export function isPlain({ isPartial, method, columns, constraint }: Index): boolean {
  return !isPartial && method === 'btree' && constraint?.kind !== 'exclusion' && columns.every((each) => each !== null);
}

function indexesOf({ indexes }: Table): string[] {
  return indexes
    .filter((index) => !isPlain(index))
    .map(({ name, isUnique, constraint }) => {
      const kind = constraint?.kind === 'exclusion' ? 'exclusion constraint' : `${isUnique ? 'unique ' : ''}index`;
      return `: the ${kind} ${name} has a condition, an expression or a method of its own; it is not taken over`;
    });
}

const triggersOf = ({ triggers }: Table): string[] =>
  triggers.map(({ name }) => `: the trigger ${name} is not taken over`);

/** Ids that point somewhere, as their names say, and no foreign key says where. */
function idsOf({ columns, primaryKey, foreignKeys }: Table): string[] {
  const known = [...(primaryKey ?? []), ...foreignKeys.flatMap((key) => key.columns)];
  return columns
    .filter(({ name }) => /(?:_id|Id|ID)$/.test(name) && !known.includes(name))
    .map(
      ({ name }) =>
        `.${name}: no foreign key says what it points to; it stays as it is, even where that row gets another id`,
    );
}
