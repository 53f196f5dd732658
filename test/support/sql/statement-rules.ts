import { clausesOf, referenceOf, referencesIn } from './sql-clauses.js';
import type { Clause, Condition, Reference } from './sql-clauses.js';
import { everyPiece, isQuery, isSign, isWord, nameOf, parseSql, splitAt } from './sql-tree.js';
import type { Piece } from './sql-tree.js';

/** Which column names the organization, by table. Other tables belong to nobody. */
export type OrganizationColumns = ReadonlyMap<string, string>;

const CLOCKS = ['now', 'current_timestamp', 'clock_timestamp', 'statement_timestamp', 'localtimestamp', 'random'];
const SESSION = ['set_config', 'pg_advisory_lock', 'pg_advisory_lock_shared', 'pg_try_advisory_lock', 'nextval'];

/**
 * Where a statement breaks the rules that let tables be spread over many machines: every reference to an organization's table
 * names the organization by a parameter, in its own query, and nothing is asked that only one machine can answer. Of the
 * tables in `across` it may read every organization's rows.
 */
export function faultsOf(text: string, columns: OrganizationColumns, across: readonly string[] = []): string[] {
  const pieces = parseSql(text);
  if (!isWord(pieces[0], 'select', 'with', 'insert', 'update', 'delete', 'values'))
    return [`${nameOf(pieces[0])?.toUpperCase() ?? 'This'} is not a statement of a serving role`];
  const check = new Check(new Map([...columns].filter(([table]) => !across.includes(table))));
  check.query(pieces, new Set());
  check.everywhere(pieces, across);
  return [...new Set(check.faults)];
}

/** Whether these are arguments of `set_config` that end with the transaction, and change nothing but when it is answered. */
function isOwnCommit(piece: Piece | undefined): boolean {
  const texts = piece?.kind === 'group' ? piece.items.map((item) => (item.kind === 'group' ? '' : item.text)) : [];
  return texts.join(' ') === "'synchronous_commit' , 'off' , true";
}

class Check {
  readonly faults: string[] = [];

  constructor(private readonly columns: OrganizationColumns) {}

  everywhere(pieces: Piece[], across: readonly string[]): void {
    const all = everyPiece(pieces);
    if (across.length > 0 && all.some((piece) => isWord(piece, 'locked')))
      this.faults.push('SKIP LOCKED across organizations');
    const called = all.filter(
      (piece, index) => isWord(piece, ...SESSION) && all[index + 1]?.kind === 'group' && !isOwnCommit(all[index + 1]),
    );
    for (const piece of called)
      this.faults.push(`${nameOf(piece)}() outlives the transaction, or belongs to one machine`);
    if (all.some((piece) => isSign(piece, ';'))) this.faults.push('more than one statement');
  }

  /** `outer`: the names of the WITH queries that are seen from here. */
  query(pieces: Piece[], outer: ReadonlySet<string>): void {
    const known = new Set(outer);
    const rest = isWord(pieces[0], 'with') ? this.withQueries(pieces.slice(1), known) : pieces;
    for (const part of splitAt(rest, (piece) => isWord(piece, 'union', 'intersect', 'except'))) this.part(part, known);
  }

  /** Returns what comes behind the WITH. */
  private withQueries(pieces: Piece[], known: Set<string>): Piece[] {
    let at = isWord(pieces[0], 'recursive') ? 1 : 0;
    for (;;) {
      const body = pieces.findIndex((piece, index) => index >= at && isQuery(piece));
      known.add(nameOf(pieces[at]) ?? '');
      const query = pieces[body];
      if (query?.kind !== 'group') throw new Error('A WITH has no query');
      this.query(query.items, known);
      at = body + 2;
      if (!isSign(pieces[body + 1], ',')) return pieces.slice(body + 1);
    }
  }

  private part(pieces: Piece[], known: ReadonlySet<string>): void {
    const clauses = clausesOf(pieces);
    for (const query of pieces.flatMap(queriesIn)) this.query(query, known);
    if (clauses[0]?.keyword === 'insert') return this.insert(clauses, known);
    this.readOrWrite(clauses, known);
  }

  private readOrWrite(clauses: Clause[], known: ReadonlySet<string>): void {
    const sources = clauses.filter(({ keyword }) => keyword === 'from' || keyword === 'using').map(piecesOf);
    const found = sources.map(referencesIn);
    if (found.some(({ isJudged }) => !isJudged)) this.faults.push('a join that this check cannot judge');
    const updated = clauses.filter(({ keyword }) => keyword === 'update').map(({ pieces }) => referenceOf(pieces));
    const where = clauses
      .filter(({ keyword }) => keyword === 'where')
      .map(({ pieces }): Condition => ({ pieces, of: 'all' }));
    const references = [...updated, ...found.flatMap((source) => source.references)];
    this.scoped(references, [...found.flatMap((source) => source.conditions), ...where], known);
    this.keepsOrganization(updated, clauses);
    this.rowsOf(clauses);
  }

  private scoped(references: Reference[], conditions: Condition[], known: ReadonlySet<string>): void {
    const tables = references.filter(({ table }) => table !== null && !known.has(table));
    for (const reference of tables) {
      const column = this.columns.get(reference.table ?? '');
      if (column === undefined) continue;
      const isNamed = conditions
        .filter(({ of }) => of === 'all' || of.includes(reference))
        .flatMap(({ pieces }) => conjunctsOf(pieces))
        .some((conjunct) => equals(conjunct, column, reference, tables.length === 1));
      if (!isNamed) this.faults.push(`${reference.table} ${reference.alias} without ${column} = $n`);
    }
  }

  private insert(clauses: Clause[], known: ReadonlySet<string>): void {
    const [into, ...rest] = clauses;
    const { table } = referenceOf(into?.pieces ?? []);
    const column = this.columns.get(table ?? '');
    const list = into?.pieces.find((piece) => piece.kind === 'group');
    const names = list?.kind === 'group' ? splitAt(list.items, isComma).map(([name]) => nameOf(name)) : [];
    const end = rest.findIndex(({ keyword }) => keyword === 'conflict' || keyword === 'returning');
    const source = end < 0 ? rest : rest.slice(0, end);
    if (column !== undefined) this.givesOrganization(source, names.indexOf(column), `${table} without ${column} = $n`);
    this.conflict(end < 0 ? [] : rest.slice(end), column);
    if (source[0]?.keyword === 'values') this.rowsOf(source);
    else
      this.readOrWrite(
        source.filter(({ keyword }) => keyword !== 'values'),
        known,
      );
  }

  private givesOrganization([first]: Clause[], place: number, fault: string): void {
    const items = splitAt(first?.pieces ?? [], isComma);
    const rows =
      first?.keyword === 'values'
        ? items.map(([row]) => (row?.kind === 'group' ? splitAt(row.items, isComma) : []))
        : [items];
    if (!rows.every((row) => isParameter(row[place] ?? []))) this.faults.push(`inserts into ${fault}`);
  }

  private conflict(clauses: Clause[], column: string | undefined): void {
    const [conflict, ...rest] = clauses;
    if (conflict?.keyword !== 'conflict') return;
    const target = conflict.pieces.find((piece) => piece.kind === 'group');
    const isNamed = target?.kind === 'group' && target.items.some((piece) => nameOf(piece) === column);
    if (column !== undefined && target && !isNamed) this.faults.push(`ON CONFLICT without ${column}`);
    const set = rest.filter(({ keyword }) => keyword === 'set').flatMap(piecesOf);
    const clock = everyPiece(set).find((piece) => isWord(piece, ...CLOCKS));
    if (clock) this.faults.push(`${nameOf(clock)} in DO UPDATE SET: pass a value`);
  }

  private keepsOrganization([updated]: Reference[], clauses: Clause[]): void {
    const column = this.columns.get(updated?.table ?? '');
    const set = clauses.filter(({ keyword }) => keyword === 'set').flatMap((clause) => splitAt(clause.pieces, isComma));
    if (set.some(([name]) => column !== undefined && nameOf(name) === column)) this.faults.push(`changes ${column}`);
  }

  private rowsOf(clauses: Clause[]): void {
    const rows = clauses.filter(({ keyword }) => keyword === 'values').flatMap(piecesOf);
    if (everyPiece(rows).some(isQuery)) this.faults.push('a sub-query in VALUES');
  }
}

/** The queries in brackets, also those inside expressions, but not what stands inside those again. */
function queriesIn(piece: Piece): Piece[][] {
  if (piece.kind !== 'group') return [];
  return isQuery(piece) ? [piece.items] : piece.items.flatMap(queriesIn);
}

/** What must all hold: the parts between ANDs, none where an OR makes them alternatives. */
function conjunctsOf(pieces: Piece[]): Piece[][] {
  const outside = withoutCases(pieces);
  if (outside.some((piece) => isWord(piece, 'or'))) return [];
  return splitAt(outside, (piece) => isWord(piece, 'and')).flatMap((part) => {
    const [only] = part;
    return part.length === 1 && only?.kind === 'group' ? conjunctsOf(only.items) : [part];
  });
}

/** A CASE has ANDs of its own. */
function withoutCases(pieces: Piece[]): Piece[] {
  let depth = 0;
  return pieces.filter((piece) => {
    if (isWord(piece, 'case')) depth += 1;
    const isOutside = depth === 0;
    if (isWord(piece, 'end')) depth -= 1;
    return isOutside;
  });
}

/** Whether it says `alias.column = $n`, either way round. */
function equals(conjunct: Piece[], column: string, { alias }: Reference, isAlone: boolean): boolean {
  const sides = splitAt(conjunct, (piece) => isSign(piece, '='));
  const isColumn = (side: Piece[]) => {
    const names = side.filter((piece) => !isSign(piece, '.')).map(nameOf);
    return names.at(-1) === column && (names.length === 1 ? isAlone : names.at(-2) === alias);
  };
  const [left = [], right = []] = sides;
  return sides.length === 2 && ((isColumn(left) && isParameter(right)) || (isParameter(left) && isColumn(right)));
}

/** `$1` or `$1::text`. */
function isParameter([first, cast, ...type]: Piece[]): boolean {
  return first?.kind === 'parameter' && (cast === undefined || (isSign(cast, '::') && type.length === 1));
}

function isComma(piece: Piece): boolean {
  return isSign(piece, ',');
}

function piecesOf({ pieces }: Clause): Piece[] {
  return pieces;
}
