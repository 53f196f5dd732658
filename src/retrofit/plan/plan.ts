/** What the user decided, as written in a plan file (YAML). docs/retrofit.md describes it. */
export interface Plan {
  version: 1;
  organization: OrganizationPlan;
  source: Source;
  /** By the names of tables, as in {@link Table.name}. A table that is not named is not decided. */
  tables: Record<string, TablePlan>;
  /** The role that the application is to use once it knows of organizations. */
  application: { role: string };
}

export interface OrganizationPlan {
  /** Of organizations; made where it does not exist. */
  table: string;
  /** Its key. */
  id: string;
  /** What every owned table gets. */
  column: string;
  /** The custom setting that says on whose behalf a session acts: `app.organization_id`. */
  setting: string;
}

/** Where organizations come from. At least one of them; `each` and `default` go together. */
export interface Source {
  /** One organization for each row of this table… */
  each?: string;
  /** …that this SQL condition holds for. */
  where?: string;
  /** The column that names the organization. */
  name?: string;
  /** An organization for whatever belongs to nobody in particular. */
  default?: { id: string; name: string };
  /** Organizations exist, and so do the columns of some tables. */
  existing?: true;
  /** A pattern, as in `tenant_*`: one organization for each schema. For merge-schemas. */
  schemas?: string;
}

/** One way to an organization: that of the row of another table which `on` finds. */
export interface CopyPlan {
  from: string;
  /** Where it is left out, the foreign key to that table. */
  on?: JoinColumn[];
}

/** `child = parent`, one column each. */
export interface JoinColumn {
  child: string;
  parent: string;
}

export interface TablePlan {
  /** In the order of precedence. Empty where the table copies from nobody. */
  copy: CopyPlan[];
  /** What happens to rows for which two ways lead to two organizations. Null: nobody decided; the tool will not guess. */
  conflicts: 'first' | 'quarantine' | null;
  /** What happens to rows that no way leads from: nothing further is done (`stop`), they stay without one (`leave`), or get this one. */
  unowned: 'stop' | 'leave' | { give: string };
  /** Rows may belong to nobody: the column stays nullable. */
  nullable: boolean;
  /** All rows belong to the default organization. */
  default: boolean;
  /** It has the column already, and what stands in it is right. */
  existing: boolean;
  /** It belongs to all organizations, and gets no column. */
  shared: boolean;
}
