import type { Catalogue } from '../catalogue/catalogue.js';
import { findTable } from '../catalogue/tables.js';
import type { Source } from './plan.js';

/** The schema whose names the condition of a source may leave it out of. For {@link Session.namingAsIn}. */
export function sourceSchema({ each }: Source, catalogue: Catalogue): string {
  return (each === undefined ? undefined : findTable(catalogue, each))?.schema ?? 'public';
}
