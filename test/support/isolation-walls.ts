import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OrgContextGuard } from '../../src/modules/auth/org-context.guard.js';
import type { Actor } from '../../src/platform/context/org-context.js';
import { PERMISSIONS } from '../../src/platform/context/permissions.js';
import { OrganizationPool } from '../../src/platform/database/organization-pool.js';
import type { TestDatabase } from './test-database.js';
import { tenantTables } from './catalogue.js';

type Wall = 'guard' | 'permissions' | 'repositories';
type Bind = (orgId: string, actor: Actor) => void;

/**
 * Takes walls away, in this process: the classes themselves are changed, so that there is nothing in the product that could be
 * switched. Make it before the application starts.
 */
export class Demolition {
  /** What was sent while the repositories forgot whose rows they want. */
  readonly weakened = new Set<string>();
  private readonly down = new Set<Wall>();
  private readonly canActivate = OrgContextGuard.prototype.canActivate;
  private readonly run = OrganizationPool.prototype.run;

  constructor() {
    const { down, canActivate, run, weakened: sent } = this;
    OrgContextGuard.prototype.canActivate = function (context: ExecutionContext) {
      const request = context.switchToHttp().getRequest<FastifyRequest>();
      if (request.orgContext) request.orgContext.bind = weakened(request, down);
      return canActivate.call(this, context);
    };
    OrganizationPool.prototype.run = function (statement) {
      const isOwn = this.constructor === OrganizationPool && down.has('repositories');
      const text = isOwn ? withoutOrganization(statement.text) : statement.text;
      if (text !== statement.text) sent.add(text);
      return run.call(this, { ...statement, text });
    };
  }

  /** Runs `work` while these walls are down. */
  async without<T>(walls: Wall[], work: () => Promise<T>): Promise<T> {
    for (const wall of walls) this.down.add(wall);
    try {
      return await work();
    } finally {
      this.down.clear();
    }
  }

  /** Everything as it was. */
  end(): void {
    OrgContextGuard.prototype.canActivate = this.canActivate;
    OrganizationPool.prototype.run = this.run;
  }
}

/** Row-level security as a migration that forgot it would leave it. */
export async function setRowLevelSecurity(database: TestDatabase, state: 'ENABLE' | 'DISABLE'): Promise<void> {
  for (const table of [...(await tenantTables(database)), 'organizations'])
    await database.rows(`ALTER TABLE ${table} ${state} ROW LEVEL SECURITY`);
}

/** A guard that believes a header, or asks for no permission. */
function weakened({ orgContext, headers }: FastifyRequest, down: ReadonlySet<Wall>): Bind {
  const bind: Bind = (orgId, actor) => Object.getPrototypeOf(orgContext).bind.call(orgContext, orgId, actor);
  return (orgId, actor) => {
    const claimed = headers['x-org-id'];
    if (down.has('permissions')) Object.assign(actor, { permissions: new Set(PERMISSIONS) });
    bind(down.has('guard') && typeof claimed === 'string' ? claimed : orgId, actor);
  };
}

/** A `where` that forgot whose rows it is about. */
function withoutOrganization(text: string): string {
  return text.replaceAll(/((?:"?\w+"?\.)*"?org_id"?) = (\$\d+)/g, '($1 = $2 OR true)');
}
