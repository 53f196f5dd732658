import { parseDocument } from 'yaml';
import { RetrofitError } from '../retrofit-error.js';
import { faultsOf } from './plan-faults.js';
import type { CopyPlan, Plan, TablePlan } from './plan.js';
import { planSchema } from './plan-schema.js';
import type { WrittenPlan } from './plan-schema.js';
import type { WrittenTable } from './table-schema.js';

export const DEFAULT_ORGANIZATION = {
  table: 'organizations',
  id: 'id',
  column: 'organization_id',
  setting: 'app.organization_id',
};
export const DEFAULT_ROLE = 'organization_app';

/**
 * Reads a plan file.
 * @throws RetrofitError with every fault: where it is, what was expected, and what was found
 */
export function parsePlan(yaml: string): Plan {
  const found = readYaml(yaml);
  const read = planSchema.safeParse(found);
  if (!read.success) throw new RetrofitError('The plan has faults:', faultsOf(read.error.issues, found));
  return normalized(read.data);
}

function readYaml(yaml: string): unknown {
  const document = parseDocument(yaml);
  const faults = document.errors.map(({ message }) => message.split('\n', 1).join().replace(/:$/, ''));
  if (faults.length > 0) throw new RetrofitError('The plan is not YAML:', faults);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new RetrofitError('The plan is not YAML:', [error instanceof Error ? error.message : String(error)]);
  }
}

function normalized({ organization, source, tables, application }: WrittenPlan): Plan {
  // The rows that organizations are made of belong to them, even where nobody says so.
  const all = source.each === undefined ? tables : { ...tables, [source.each]: tables[source.each] ?? {} };
  return {
    version: 1,
    organization: { ...DEFAULT_ORGANIZATION, ...organization },
    source,
    tables: Object.fromEntries(Object.entries(all).map(([name, table]) => [name, tablePlan(table)])),
    application: application ?? { role: DEFAULT_ROLE },
  };
}

function tablePlan({ copy = [], on, conflicts, unowned = 'stop', ...flags }: WrittenTable): TablePlan {
  return {
    copy: on ? copy.map(({ from }): CopyPlan => ({ from, on })) : copy,
    conflicts: conflicts ?? null,
    unowned,
    nullable: flags.nullable ?? false,
    default: flags.default ?? false,
    existing: flags.existing ?? false,
    shared: flags.shared ?? false,
  };
}
