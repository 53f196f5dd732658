/** A table that holds the rows of all tenants. */
export interface SharedTable {
  /** Without a schema. */
  name: string;
  /** Without the organization column. */
  columns: SharedColumn[];
  key: SharedKey | null;
  uniques: string[][];
  references: SharedReference[];
  indexes: string[][];
  checks: { name: string; definition: string }[];
}

export interface SharedColumn {
  name: string;
  /** SQL; of a type of the tenants' own, that of the shared schema. */
  type: string;
  isNullable: boolean;
  default: string | null;
  /** Numbers of its own: from a sequence that belongs to it. */
  isNumbered: boolean;
  /** GENERATED ALWAYS AS … STORED. */
  generated: string | null;
  /** Schemas that do not have it. */
  missingIn: string[];
}

/**
 * How a row is known. `numbered` and `uuid`: by one column, kept where it is unique over all tenants, made anew where it is
 * not. `scoped`: by what means something (a code, a name, several columns): kept, and unique for each organization.
 */
export interface SharedKey {
  columns: string[];
  kind: 'numbered' | 'uuid' | 'scoped';
}

export interface SharedReference {
  name: string;
  columns: string[];
  table: string;
  referencedColumns: string[];
  onDelete: string;
  onUpdate: string;
}
