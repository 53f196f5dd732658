import type { Catalogue } from '../catalogue/catalogue.js';
import { findTable } from '../catalogue/tables.js';
import type { Journal } from '../database/journal.js';
import type { Session } from '../database/session.js';
import type { Derivation } from '../derivation/derivation.js';
import type { OwnerColumn } from '../derivation/owner-sql.js';
import type { Plan } from '../plan/plan.js';
import type { Progress } from './progress.js';

/** What every phase works with. */
export interface Work {
  session: Session;
  journal: Journal;
  progress: Progress;
  plan: Plan;
  /** As it is now, objects of the tool included. */
  catalogue: Catalogue;
  /** One for each table that gets an organization. */
  derivations: Derivation[];
}

const DEFAULT_ID_TYPE = 'text';

/** The column that says whose a row is; of the type of the organizations' key. */
export function ownerColumn({ plan, catalogue }: Pick<Work, 'plan' | 'catalogue'>): OwnerColumn {
  const { table, id, column } = plan.organization;
  const key = findTable(catalogue, table)?.columns.find(({ name }) => name === id);
  return { name: column, type: key?.baseType ?? DEFAULT_ID_TYPE };
}
