import type { Catalogue, Table } from '../catalogue/catalogue.js';
import type { Edge } from './edges.js';
import { edgeName, isToItself } from './edges.js';
import type { OwnAnswer, OwnerRelation } from './owner-relation.js';
import { via } from './owner-relation.js';

/** One way from a table's rows to their organization. */
export interface Path {
  /** From the table on. Empty where its rows are, or have, an organization themselves. */
  edges: Edge[];
  /** It begins with a foreign key of the table to itself: the nearest row above that has an answer. */
  climbs: boolean;
  /** `rental_id > rental.customer_id > customer.store_id > store` */
  name: string;
  answer: OwnAnswer;
}

/** What paths go along. */
export interface PathMap {
  catalogue: Catalogue;
  edgesOf(table: Table): Edge[];
  /** What is known of a table where paths may end; undefined where they go on. */
  endOf(table: Table): OwnerRelation | undefined;
}

export interface Paths {
  table: Table;
  /** Shortest first. */
  paths: Path[];
  /** Where ways were not followed further, and why. */
  cuts: string[];
}

/** A database where every table refers to every other has more ways than anybody reads. */
const MOST_PATHS = 16;
const MOST_EDGES = 8;
/** Ways begun, of which most may lead nowhere. */
const MOST_TRIES = 5000;

/** All ways from a table to where organizations come from, no table twice on any of them. */
export function pathsOf(map: PathMap, table: Table): Paths {
  const own = map.endOf(table);
  const direct = (own?.answers ?? []).map((answer) => path(table, [], answer));
  const { found, cuts } = waysFrom(map, table);
  const relations = relationsOf(map);
  const paths = [...direct, ...found.map((edges) => path(table, edges, relations.answerOf(edges)))];
  return { table, paths: [...paths, ...climbingPaths(map, table, paths)], cuts };
}

/** Breadth first: where it must stop, the long ways are missing. */
function waysFrom(map: PathMap, table: Table): { found: Edge[][]; cuts: string[] } {
  const found: Edge[][] = [];
  const cuts = new Set<string>();
  const begun: Edge[][] = [[]];
  for (let tries = 0; tries < begun.length; tries += 1) {
    if (found.length >= MOST_PATHS || tries >= MOST_TRIES)
      return {
        found,
        cuts: [...cuts, `${table.name}: ${found.length} ways were found and compared; there may be more, longer ones`],
      };
    const edges = begun[tries] ?? [];
    const at = edges.at(-1)?.parent ?? table;
    if (edges.length > 0 && map.endOf(at)) found.push(edges);
    else
      for (const edge of map.edgesOf(at).filter((each) => !isToItself(each))) {
        const cut = cutAt(table, edges, edge);
        if (cut === null) begun.push([...edges, edge]);
        else if (leadsAnywhere(map, edge.parent)) cuts.add(cut);
      }
  }
  return { found, cuts: [...cuts] };
}

function cutAt(table: Table, edges: Edge[], edge: Edge): string | null {
  if (edge.parent.oid === table.oid || edges.some(({ child }) => child.oid === edge.parent.oid))
    return `${edgeName(edge)} comes back to ${edge.parent.name}`;
  return edges.length >= MOST_EDGES ? `${edgeName(edge)} is the ${MOST_EDGES + 1}th step of a way` : null;
}

function leadsAnywhere(map: PathMap, table: Table, seen = new Set<number>()): boolean {
  if (map.endOf(table)) return true;
  seen.add(table.oid);
  return map.edgesOf(table).some(({ parent }) => !seen.has(parent.oid) && leadsAnywhere(map, parent, seen));
}

/** The same way on from the same table is the same relation, so that a query has it once. */
function relationsOf(map: PathMap) {
  const known = new Map<string, OwnerRelation>();
  function answerOf([first, ...rest]: Edge[]): OwnAnswer {
    if (!first) throw new Error('A way has at least one step');
    return via(first, relationOf(first.parent, rest));
  }
  function relationOf(table: Table, edges: Edge[]): OwnerRelation {
    const end = edges.length === 0 ? map.endOf(table) : undefined;
    if (end) return end;
    const name = [table.name, ...edges.map(edgeName)].join(' / ');
    const relation = known.get(name) ?? {
      table,
      answers: [answerOf(edges)],
      climbs: map.edgesOf(table).filter(isToItself),
      picksNone: false,
    };
    known.set(name, relation);
    return relation;
  }
  return { answerOf };
}

function climbingPaths(map: PathMap, table: Table, paths: Path[]): Path[] {
  if (paths.length === 0) return [];
  const answers = paths.map(({ answer }) => answer);
  return map
    .edgesOf(table)
    .filter(isToItself)
    .map((edge) => ({
      ...path(table, [edge], via(edge, { table, answers, climbs: [edge], picksNone: false })),
      climbs: true,
    }));
}

function path(table: Table, edges: Edge[], answer: OwnAnswer): Path {
  const steps = edges.map(
    ({ child, on }, place) => `${place === 0 ? '' : `${child.name}.`}${on.map((column) => column.child).join('+')}`,
  );
  const name = edges.length === 0 ? 'itself' : [...steps, edges.at(-1)?.parent.name ?? table.name].join(' > ');
  return { edges, climbs: false, name, answer };
}
