import type { Table } from '../catalogue/catalogue.js';
import type { CopyAnswer, Derivation, ItselfAnswer, JoinedColumn } from '../derivation/derivation.js';
import type { Edge } from './edges.js';

/**
 * How to find the owners of a table's rows before any of them has the column: by what they are themselves, or by the rows
 * that they lead to. Many of them together make a tree, whose leaves are tables that know.
 */
export interface OwnerRelation {
  table: Table;
  answers: OwnAnswer[];
  /** Rows without an answer have that of the nearest row above them. */
  climbs: Edge[];
  /** Rows with two different answers have none; otherwise the first counts. */
  picksNone: boolean;
}

export type OwnAnswer = ItselfAnswer | HeldAnswer | GivenAnswer | ViaAnswer;

/** A column says it already. */
export interface HeldAnswer {
  kind: 'held';
  column: string;
}

/** It is the same for all rows. */
export interface GivenAnswer {
  kind: 'given';
  id: string;
}

/** The row that it leads to knows. */
export interface ViaAnswer {
  kind: 'via';
  on: JoinedColumn[];
  isUnique: boolean;
  to: OwnerRelation;
}

export function via({ on, isUnique }: Edge, to: OwnerRelation): ViaAnswer {
  return { kind: 'via', on, isUnique, to };
}

/** What a table's derivation finds, once that of its parents is known. Circles through several tables are cut. */
export class DerivedRelations {
  private readonly known = new Map<number, OwnerRelation>();

  constructor(
    private readonly derivations: Derivation[],
    private readonly column: string,
  ) {}

  of(derivation: Derivation): OwnerRelation {
    const known = this.known.get(derivation.table.oid);
    if (known) return known;
    const { table, quarantinesConflicts } = derivation;
    const relation: OwnerRelation = { table, answers: [], climbs: [], picksNone: quarantinesConflicts };
    this.known.set(table.oid, relation);
    if (derivation.hasColumn) relation.answers.push({ kind: 'held', column: this.column });
    relation.answers.push(...this.answersOf(derivation).filter((answer) => !leadsTo(answer, relation)));
    relation.climbs.push(...climbsOf(derivation));
    return relation;
  }

  /** One for each of the derivation's answers, in their order, those of the same table too. */
  answersOf({ table, answers }: Derivation): OwnAnswer[] {
    return answers.flatMap((answer): OwnAnswer[] => {
      if (answer.kind === 'itself') return [answer];
      if (answer.kind === 'default') return [{ kind: 'given', id: answer.id }];
      const parent = this.derivations.find((each) => each.table.oid === answer.parent.oid);
      if (!parent && answer.owner !== this.column) return [organizationsThemselves(answer)];
      const to = parent?.table.oid === table.oid ? this.known.get(table.oid) : parent && this.of(parent);
      return to ? [{ kind: 'via', on: answer.on, isUnique: answer.isUnique, to }] : [];
    });
  }
}

/** A row that points to its organization. */
function organizationsThemselves({ parent, on, isUnique, owner }: CopyAnswer): ViaAnswer {
  const to: OwnerRelation = { table: parent, answers: [{ kind: 'held', column: owner }], climbs: [], picksNone: false };
  return { kind: 'via', on, isUnique, to };
}

function climbsOf({ table, answers }: Derivation): Edge[] {
  return answers.flatMap((answer) =>
    answer.kind === 'copy' && answer.parent.oid === table.oid
      ? [{ child: table, parent: table, on: answer.on, isRequired: false, isUnique: answer.isUnique }]
      : [],
  );
}

/** Whether an answer comes back to the relation that it is to be an answer of. */
function leadsTo(answer: OwnAnswer, relation: OwnerRelation): boolean {
  return answer.kind === 'via' && (answer.to === relation || answer.to.answers.some((next) => leadsTo(next, relation)));
}
