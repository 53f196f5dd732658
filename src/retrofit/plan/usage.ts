import type { Table } from '../catalogue/catalogue.js';
import { rootTables } from '../catalogue/tables.js';
import { ident } from '../database/sql.js';
import type { Session } from '../database/session.js';
import { joinSql } from '../derivation/owner-sql.js';
import { combined, OwnerQuery } from './owner-query.js';
import { edgeName } from './edges.js';
import type { Edge } from './edges.js';
import type { Paths, PathMap } from './paths.js';

/** By whose rows the rows of a table are used that lead to nobody themselves. */
export interface Usage {
  rows: number;
  /** Rows that those of several organizations refer to, themselves or through others. */
  usedBySeveral: number;
  usedByOne: number;
  /** Organizations that use any. */
  organizations: number;
  /** The foreign keys by which it is referred to: `invoice_line.track_id`. */
  through: string[];
}

/** Tables that are known to lead to organizations, by oid, with their ways. */
export type Reached = ReadonlyMap<number, Paths>;

/** Where several ways disagree about a user, the first of them counts here: this says how something is used, not whose it is. */
export async function usageOf(session: Session, map: PathMap, reached: Reached, table: Table): Promise<Usage> {
  const writer = new UsageQuery(map, reached);
  const users = edgesTo(map, table).filter(({ child }) => !writer.isLost(child, [table]));
  const used = writer.part(table, []);
  const through = users.map(({ child, on }) => `${child.name}.${on.map((column) => column.child).join('+')}`);
  const { usage } = await session.row<{
    usage: Omit<Usage, 'through'>;
  }>(`${writer.query.with()}SELECT jsonb_build_object(
    'rows', (SELECT count(*) FROM ${table.sql}),
    'usedBySeveral', count(*) FILTER (WHERE u.owners > 1), 'usedByOne', count(*) FILTER (WHERE u.owners = 1),
    'organizations', (SELECT count(DISTINCT owner) FROM ${used})) AS usage
    FROM (SELECT count(*) AS owners FROM ${used} GROUP BY row_table, row_place) AS u`);
  return { ...usage, through };
}

/** Goes from the rows that have an owner to the rows that they refer to, and so on. */
class UsageQuery {
  readonly query = new OwnerQuery();

  constructor(
    private readonly map: PathMap,
    private readonly reached: Reached,
  ) {}

  /** Whether nothing that leads to an organization refers to it, however far away. */
  isLost(table: Table, seen: Table[]): boolean {
    if (this.reached.has(table.oid)) return false;
    const users = edgesTo(this.map, table).filter(({ child }) => !seen.includes(child));
    return users.every(({ child }) => this.isLost(child, [...seen, table]));
  }

  /** The name of a part with the rows of a table, and who uses them. */
  part(table: Table, seen: Table[]): string {
    const edges = edgesTo(this.map, table).filter(
      ({ child }) => child !== table && !seen.includes(child) && !this.isLost(child, [...seen, table]),
    );
    const selects = edges.map((edge) => this.usersSql(edge, [...seen, table]));
    const none = 'SELECT NULL::oid, NULL::tid, NULL::text WHERE false';
    return this.query.add(selects.length > 0 ? selects.join(' UNION ') : none, '(row_table, row_place, owner)');
  }

  private usersSql(edge: Edge, seen: Table[]): string {
    const { child, parent, on } = edge;
    const paths = this.reached.get(child.oid);
    const used = `JOIN ${parent.sql} AS p ON ${joinSql(on, 't')}`;
    if (!paths) {
      const users = this.part(child, seen);
      return `SELECT DISTINCT p.tableoid, p.ctid, u.owner FROM ${users} AS u
        JOIN ${child.sql} AS t ON (t.tableoid, t.ctid) = (u.row_table, u.row_place) ${used}`;
    }
    const relation = { table: child, answers: [], climbs: [], picksNone: false };
    const answers = paths.paths.map(({ answer }) => this.query.answer(relation, answer, 't'));
    const owner = combined(
      answers.map((answer) => answer.owner),
      false,
    );
    const joins = answers.map(({ join }) => join).join('');
    const columns = on.map((column) => `t.${ident(column.child)}`).join(', ');
    return `SELECT DISTINCT p.tableoid, p.ctid, t."owner of the row" FROM
      (SELECT ${columns}, ${owner} AS "owner of the row" FROM ${child.sql} AS t${joins}) AS t ${used} WHERE t."owner of the row" IS NOT NULL`;
  }
}

/** What refers to a table, itself left out. */
export function edgesTo({ catalogue, edgesOf }: PathMap, table: Table): Edge[] {
  const edges = rootTables(catalogue)
    .flatMap((child) => edgesOf(child))
    .filter(({ child, parent }) => parent.oid === table.oid && child.oid !== table.oid);
  return [...new Map(edges.map((edge) => [edgeName(edge), edge])).values()];
}
