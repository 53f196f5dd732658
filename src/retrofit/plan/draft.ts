import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { rootTables } from '../catalogue/tables.js';
import type { Session } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';
import { beginning, checkCondition, checkNames } from './draft-beginning.js';
import { draftComments, unreachedComments } from './draft-comments.js';
import { draftUnreached } from './draft-unreached.js';
import type { DraftedUnreached } from './draft-unreached.js';
import { draftWays, NOTHING_DECIDED } from './draft-ways.js';
import type { DraftedWays } from './draft-ways.js';
import { matchLinks } from './link-matches.js';
import type { LinkMatch } from './link-matches.js';
import { compareAnswers } from './path-comparison.js';
import type { Comparison } from './path-comparison.js';
import { pathMap } from './path-map.js';
import { compareMeetings } from './path-meetings.js';
import type { Meeting } from './path-meetings.js';
import { pathsOf } from './paths.js';
import type { PathMap, Paths } from './paths.js';
import type { Plan, Source, TablePlan } from './plan.js';
import { noSource } from './source-candidates.js';
import { inSnapshot } from './snapshot.js';
import { sourceSchema } from './source-schema.js';

export interface DraftOptions {
  source?: Source;
  /** Its decisions are kept, and followed. */
  partial?: Plan;
}

export interface Draft {
  plan: Plan;
  /** For `planYaml`. */
  comments: Map<string, string[]>;
  /** What a person must decide before anything can begin. */
  undecided: Undecided[];
  /** What was found of the tables that lead to an organization, those that were decided before left out. */
  reached: ReachedTable[];
  unreached: DraftedUnreached[];
}

export interface Undecided {
  table: string;
  /** What there is to choose, in a sentence or two. */
  why: string;
}

export interface ReachedTable extends DraftedWays {
  paths: Paths;
  comparison: Comparison;
  meetings: Meeting[];
  /** Joins without a foreign key that may find what is left over. */
  links: LinkMatch[];
}

/**
 * Drafts a plan from what the foreign keys say and the rows confirm, in one snapshot. Where the rows do not confirm it, or say
 * nothing, it asks.
 * @throws RetrofitError where nobody said where organizations come from, with what they could come from
 */
export async function draftPlan(session: Session, catalogue: Catalogue, options: DraftOptions): Promise<Draft> {
  const begun = beginning(options);
  const { each, existing, schemas, default: ours } = begun.source;
  if (schemas !== undefined)
    throw new RetrofitError('Tenants that have schemas of their own are merged first: retrofit merge-schemas');
  if (each === undefined && !existing && !ours) throw await noSource(session, catalogue, begun.organization.column);
  checkNames(begun, catalogue);
  return inSnapshot(session, async () => {
    await checkCondition(session, begun.source, catalogue);
    // The condition means here what it means in the triggers.
    return session.namingAsIn(sourceSchema(begun.source, catalogue), () =>
      new Drafting(session, catalogue, begun).draft(),
    );
  });
}

class Drafting {
  private readonly map: PathMap;
  private readonly known = new Map<number, Paths>();

  constructor(
    private readonly session: Session,
    private readonly catalogue: Catalogue,
    private readonly plan: Plan,
  ) {
    this.map = pathMap(catalogue, plan);
  }

  async draft(): Promise<Draft> {
    const tables = rootTables(this.catalogue).filter(({ name }) => name !== this.plan.organization.table);
    for (const table of tables.filter(({ mayBeRead }) => mayBeRead)) this.look(table);
    const open = tables.filter(({ name }) => !this.plan.tables[name]);
    const reached: ReachedTable[] = [];
    for (const table of open.filter(({ oid }) => this.known.has(oid))) reached.push(await this.compare(table, tables));
    const unreached: DraftedUnreached[] = [];
    for (const table of open.filter(({ oid }) => !this.known.has(oid)))
      unreached.push(
        await draftUnreached(
          this.session,
          { map: this.map, reached: this.known, tables, source: this.plan.source },
          table,
        ),
      );
    return this.drafted(reached, unreached);
  }

  private look(table: Table): void {
    const paths = pathsOf(this.map, table);
    if (paths.paths.length > 0) this.known.set(table.oid, paths);
  }

  private async compare(table: Table, tables: Table[]): Promise<ReachedTable> {
    const paths = this.known.get(table.oid) ?? { table, paths: [], cuts: [] };
    const relation = { table, answers: [], climbs: [], picksNone: false };
    const comparison = await compareAnswers(
      this.session,
      relation,
      paths.paths.map(({ answer }) => answer),
    );
    const ways = draftWays(paths, comparison, paths.paths[0]?.answer.kind === 'held');
    const links = ways.uncovered > 0 ? await matchLinks(this.session, table, this.known, tables) : [];
    const meetings = await compareMeetings(this.session, table, paths.paths);
    return { ...this.asSource(table, ways, comparison), paths, comparison, meetings, links };
  }

  /** Where every row stands for an organization, those below another are told, not asked. */
  private asSource(table: Table, ways: DraftedWays, { rows }: Comparison): DraftedWays {
    const { each, where } = this.plan.source;
    if (each !== table.name || where !== undefined) return ways;
    return { plan: NOTHING_DECIDED, isUndecided: false, uncovered: rows > 0 ? 0 : ways.uncovered };
  }

  private drafted(reached: ReachedTable[], unreached: DraftedUnreached[]): Draft {
    const drafted: [string, TablePlan][] = [
      ...reached.map((table): [string, TablePlan] => [table.paths.table.name, table.plan]),
      ...unreached.flatMap(({ table, plan }): [string, TablePlan][] => (plan ? [[table, plan]] : [])),
    ];
    const tables = Object.fromEntries(
      [...Object.entries(this.plan.tables), ...drafted].toSorted(([one], [other]) => one.localeCompare(other)),
    );
    return {
      plan: { ...this.plan, tables },
      comments: new Map([...draftComments(reached), ...unreachedComments(unreached)]),
      undecided: [
        ...reached
          .filter(({ isUndecided }) => isUndecided)
          .map(({ paths, comparison }) => ({
            table: paths.table.name,
            why: `its ways lead to different organizations in ${comparison.conflicts.toLocaleString('en-US')} rows: say conflicts: first or conflicts: quarantine, or take ways out`,
          })),
        ...unreached.filter(({ plan }) => !plan).map(({ table, why }) => ({ table, why })),
      ],
      reached,
      unreached,
    };
  }
}
