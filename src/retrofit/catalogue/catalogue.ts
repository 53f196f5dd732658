/** What a database is made of, as read from PostgreSQL's system catalogues in one snapshot. */
export interface Catalogue {
  /** As `server_version_num`: 150004 for 15.4. */
  serverVersion: number;
  database: string;
  role: Role;
  /** Schemas of tenants whose rows merge-schemas has copied: plans do not speak of them. */
  mergedSchemas: string[];
  /** Every table that holds rows of the user's: not of PostgreSQL's own schemas, nor of the tool's. Ordered by name. */
  tables: Table[];
  /** Their rows are in another database. */
  foreignTables: ForeignTable[];
  views: View[];
  /** SECURITY DEFINER functions: they act with their owner's rights, whoever calls them. */
  definerFunctions: DefinerFunction[];
}

/** The role that the tool is connected as. */
export interface Role {
  name: string;
  isSuperuser: boolean;
  bypassesRowSecurity: boolean;
  mayCreateRoles: boolean;
  /** Whether it may set session_replication_role, so that triggers of the application do not fire. */
  maySilenceTriggers: boolean;
  /** Whether it may make the tool's own schema, or write in it. */
  mayKeepJournal: boolean;
}

export interface ForeignTable {
  /** As in {@link Table.name}. */
  name: string;
  /** The table that it is a partition of, or inherits from. */
  parentOid: number | null;
}

export interface Table {
  oid: number;
  schema: string;
  /** Without its schema. */
  localName: string;
  /** As people and plan files call it: `users`, or `sales.users` outside of the schema public (table-name.ts). Unique. */
  name: string;
  /** Quoted, with its schema: `"public"."users"`. */
  sql: string;
  kind: 'ordinary' | 'partitioned';
  /** The table that this one is a partition of, or inherits from (the first one). */
  parentOid: number | null;
  isPartition: boolean;
  /** In the order of the table, dropped ones left out. */
  columns: Column[];
  /** Null where it has none. In the order of the key. */
  primaryKey: string[] | null;
  /** Its own, without those that a partition has from its parent; a partitioned table also has those that all of its partitions have. */
  foreignKeys: ForeignKey[];
  indexes: Index[];
  triggers: Trigger[];
  /** Names of rewrite rules, views' own left out. */
  rules: string[];
  rowSecurity: { isEnabled: boolean; isForced: boolean; policies: string[] };
  owner: string;
  /** Whether the tool's role may alter it: it owns it, or is a member of the owner, or a superuser. */
  mayBeAltered: boolean;
  /** Whether the role may make indexes, which takes CREATE on the schema too. */
  mayBeIndexed: boolean;
  mayBeRead: boolean;
  /** Row-level security keeps rows from the tool's role: what it reads is not all. */
  hidesRows: boolean;
  /** Roles that were granted anything on it, PUBLIC as `public`; without its owner. */
  grantees: string[];
  /** As the planner believes; -1 where it was never analyzed. A partitioned table's, and its sizes, are its partitions' together. */
  estimatedRows: number;
  /** Of the heap, in bytes; with indexes and TOAST in `totalBytes`. */
  bytes: number;
  totalBytes: number;
}

export interface Column {
  name: string;
  /** As `format_type` spells it: `character varying(45)`. */
  type: string;
  /** The domain's base type, or the type itself, without length, as SQL has it: `character varying`, `bpchar`. Joins compare by this. */
  baseType: string;
  /** Rows may have none: neither the column nor its domain is NOT NULL, or not every row was looked at. */
  isNullable: boolean;
  isGenerated: boolean;
  isIdentity: boolean;
  /** SQL, or null. Generated columns have none. */
  default: string | null;
  /** SQL that a generated column is made by; null for others. */
  generation: string | null;
  /** The operator by which its values are equal, as SQL: `=`, or with its schema that of an extension's type, `OPERATOR(public.=)`. */
  equals: string;
}

/** As in `pg_constraint.confdeltype`. */
export type Action = 'NO ACTION' | 'RESTRICT' | 'CASCADE' | 'SET NULL' | 'SET DEFAULT';

export interface ForeignKey {
  name: string;
  columns: string[];
  /** oid of the table that it points to. */
  references: number;
  referencedColumns: string[];
  onUpdate: Action;
  onDelete: Action;
  isValidated: boolean;
  isDeferrable: boolean;
  isDeferred: boolean;
  /** As `pg_get_constraintdef`. */
  definition: string;
  /** Where the partitions have it and the partitioned table does not. */
  isOfPartitions: boolean;
}

export interface Index {
  oid: number;
  name: string;
  /** Quoted, with its schema. */
  sql: string;
  isUnique: boolean;
  isPrimary: boolean;
  isValid: boolean;
  isPartial: boolean;
  /** Plain key columns in their order; null at the place of an expression. INCLUDEd ones left out. */
  columns: (string | null)[];
  method: string;
  /** As `pg_get_indexdef`. */
  definition: string;
  /** The constraint that owns it, if any. */
  constraint: {
    name: string;
    kind: 'primary key' | 'unique' | 'exclusion';
    definition: string;
    isDeferrable: boolean;
  } | null;
  /** The partitioned table's index that it is a part of. */
  parentOid: number | null;
}

export interface Trigger {
  name: string;
  /** As `pg_trigger.tgenabled`: O fires in ordinary sessions, R in those of replicas, A in both, D in none. */
  enabled: 'O' | 'R' | 'A' | 'D';
  /** Whether it fires on an UPDATE of whatever column; those of `UPDATE OF` do not. */
  firesOnUpdate: boolean;
}

export interface View {
  oid: number;
  schema: string;
  /** As in {@link Table.name}. */
  name: string;
  sql: string;
  isMaterialized: boolean;
  owner: string;
  /** `security_invoker` is set: it is read with the rights of whoever reads. */
  isInvoker: boolean;
  /** What the option says, as it was written; null where it is not set. */
  invokerOption: string | null;
  /** oids of all tables that it reads, through other views too. */
  reads: number[];
  grantees: string[];
}

export interface DefinerFunction {
  /** Whether row-level security never holds its owner. */
  bypassesRowSecurity: boolean;
  /** `public.rewards_report(integer, numeric)` */
  signature: string;
  owner: string;
  /** Whether everybody may call it. */
  isPublic: boolean;
}
