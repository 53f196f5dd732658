import type { Index, Table } from '../catalogue/catalogue.js';
import { ident, literal } from '../database/sql.js';
import type { Session } from '../database/session.js';

/** What hangs on indexes and constraints, and would be lost with them. */
export class Remarks {
  private constructor(
    private readonly indexes: IndexRemark[],
    private readonly constraints: ConstraintRemark[],
  ) {}

  static async read(session: Session): Promise<Remarks> {
    return new Remarks(await session.rows<IndexRemark>(INDEXES), await session.rows<ConstraintRemark>(CONSTRAINTS));
  }

  /** Logical replication knows the table's rows by it: without it, changing them would fail. */
  isReplicaIdentity({ oid }: Index): boolean {
    return this.indexes.some((index) => index.oid === oid && index.isReplicaIdentity);
  }

  /** Statements that give it back what it had. */
  ofIndex(table: Table, { oid, name, sql, constraint }: Index): string[] {
    const index = this.indexes.find((each) => each.oid === oid);
    const comment = index?.comment ? [`COMMENT ON INDEX ${sql} IS ${literal(index.comment)}`] : [];
    const cluster = index?.isClustered ? [`ALTER TABLE ${table.sql} CLUSTER ON ${ident(name)}`] : [];
    return [...comment, ...cluster, ...(constraint ? this.ofConstraint(table, constraint.name) : [])];
  }

  ofConstraint(table: Table, name: string): string[] {
    const found = this.constraints.find((each) => each.tableOid === table.oid && each.name === name);
    return found ? [`COMMENT ON CONSTRAINT ${ident(name)} ON ${table.sql} IS ${literal(found.comment)}`] : [];
  }
}

interface IndexRemark {
  oid: number;
  comment: string | null;
  isClustered: boolean;
  isReplicaIdentity: boolean;
}

interface ConstraintRemark {
  tableOid: number;
  name: string;
  comment: string;
}

const INDEXES = `
SELECT indexrelid AS oid, obj_description(indexrelid, 'pg_class') AS comment, indisclustered AS "isClustered", indisreplident AS "isReplicaIdentity"
FROM pg_index WHERE indisclustered OR indisreplident OR obj_description(indexrelid, 'pg_class') IS NOT NULL`;

const CONSTRAINTS = `
SELECT conrelid AS "tableOid", conname::text AS name, obj_description(oid, 'pg_constraint') AS comment
FROM pg_constraint WHERE contype IN ('f', 'u') AND obj_description(oid, 'pg_constraint') IS NOT NULL`;
