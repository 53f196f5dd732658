/* eslint-disable no-restricted-syntax -- This is the way of doing it that ours is compared with. */
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { IDLE_TIMEOUT_MS } from '../../src/platform/database/database-connections.js';
import { Prisma, PrismaClient } from '../../src/platform/database/generated/prisma/client.js';

/** It waits as long as the others do: by itself Prisma gives a transaction up that has waited two seconds for a connection. */
const PATIENCE_MS = 15_000;

function clientFor(connectionString: string | undefined): PrismaClient {
  return new PrismaClient({
    adapter: new PrismaPg({ connectionString, max: 10, idleTimeoutMillis: IDLE_TIMEOUT_MS }),
    transactionOptions: { maxWait: PATIENCE_MS, timeout: PATIENCE_MS },
  });
}

/** Each operation in a batch transaction, behind the setting that the policies read. Source: Prisma's row-level-security example. */
function boundTo(orgId: string) {
  return Prisma.defineExtension((prisma) =>
    prisma.$extends({
      query: {
        $allModels: {
          async $allOperations({ args, query }) {
            const setting = prisma.$executeRaw`SELECT set_config('app.org_id', ${orgId}, TRUE)`;
            const [, result] = await prisma.$transaction([setting, query(args)]);
            return result;
          },
        },
      },
    }),
  );
}

@Injectable()
export class PrismaService implements OnModuleDestroy {
  /** Sees every organization: for finding out whose page it is. */
  readonly system = clientFor(process.env['BENCH_SYSTEM_URL']);
  private readonly app = clientFor(process.env['BENCH_APP_URL']);

  forOrganization(orgId: string) {
    return this.app.$extends(boundTo(orgId));
  }

  /** Of waiting jobs with one key there is one. */
  async addJob(task: string, payload: Prisma.InputJsonObject, key: string): Promise<void> {
    await this.system.$queryRaw`SELECT id FROM graphile_worker.add_job(${task}, ${payload}::json, job_key => ${key})`;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.system.$disconnect(), this.app.$disconnect()]);
  }
}
