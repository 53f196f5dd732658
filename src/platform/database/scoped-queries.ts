import { OrgContext } from '../context/org-context.js';
import { UnscopedQueryError } from './database-errors.js';
import { Prisma } from './generated/prisma/client.js';
import { TENANT_MODELS } from './tenant-models.js';

const TENANTS: ReadonlySet<string> = new Set(TENANT_MODELS);
const BY_WHERE = new Set([
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'count',
  'aggregate',
  'groupBy',
  'updateMany',
  'updateManyAndReturn',
  'deleteMany',
]);
const BY_DATA = new Set(['create', 'createMany', 'createManyAndReturn']);

/**
 * The second wall: a query on an organization's model that does not name the bound organization is refused.
 * Operations that Prisma batches across requests (findUnique) or turns into several statements (update, upsert, delete)
 * are refused whatever they name; DATABASE.md tells why. Their scoped forms: findFirst, updateMany, deleteMany.
 */
export const scopedQueries = Prisma.defineExtension({
  name: 'scoped-queries',
  query: {
    $allModels: {
      $allOperations({ model, operation, args, query }) {
        if (TENANTS.has(model)) assertScoped(model, operation, args);
        return query(args);
      },
    },
  },
});

function assertScoped(model: string, operation: string, args: unknown): void {
  const refuse = (reason: string): never => {
    throw new UnscopedQueryError(model, operation, reason);
  };
  if (!BY_WHERE.has(operation) && !BY_DATA.has(operation))
    refuse('use findFirst, updateMany or deleteMany with this.mine');
  const orgIds = BY_WHERE.has(operation) ? [orgIdIn(field(args, 'where'))] : orgIdsOf(field(args, 'data'));
  if (orgIds.some((orgId) => orgId === undefined)) refuse('it names no organization: spread this.mine into it');
  if (orgIds.some((orgId) => orgId !== OrgContext.orgId)) refuse('it names another organization than the bound one');
}

function orgIdsOf(data: unknown): unknown[] {
  return Array.isArray(data) ? data.map(orgIdIn) : [orgIdIn(data)];
}

function orgIdIn(part: unknown): unknown {
  return field(part, 'orgId');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
