import type { INestApplicationContext } from '@nestjs/common';
import type { Statement } from '../../../src/platform/database/bound-query.js';
import { Database } from '../../../src/platform/database/database.js';
import { OrganizationPool } from '../../../src/platform/database/organization-pool.js';
import { DIRECTORY_TABLES } from '../../../src/platform/database/shared-tables.js';
import { SystemDatabase } from '../../../src/platform/database/system-database.js';
import { TENANT_TABLES } from '../../../src/platform/database/tenant-models.js';
import { PLATFORM_STATEMENTS } from './platform-statements.js';
import type { PlatformStatement } from './platform-statements.js';
import { faultsOf } from './statement-rules.js';

/**
 * The tables that are spread over the machines of a cluster, and the column that says where a row is. Directories are not:
 * they are found before the organization is known, and every machine has all of them.
 */
export const ORGANIZATION_COLUMNS = new Map<string, string>([
  ['organizations', 'id'],
  ...TENANT_TABLES.filter((table) => !DIRECTORY_TABLES.includes(table)).map((table) => [table, 'org_id'] as const),
]);

/** Every SQL text that an application sends, by the role that it is for. */
export class StatementRecorder {
  private readonly app = new Set<string>();
  private readonly system = new Set<string>();
  private isListening = true;

  static on(application: INestApplicationContext): StatementRecorder {
    const recorder = new StatementRecorder();
    recorder.listenTo(application);
    return recorder;
  }

  /** Another node's statements, beside those of the first. */
  listenTo(application: INestApplicationContext): void {
    for (const pool of poolsOf(application.get(Database))) this.listen(pool, this.app);
    for (const pool of poolsOf(application.get(SystemDatabase))) this.listen(pool, this.system);
  }

  /** For statements that a test sends because they are wrong. */
  async ignoring<T>(work: () => Promise<T>): Promise<T> {
    this.isListening = false;
    try {
      return await work();
    } finally {
      this.isListening = true;
    }
  }

  /** How many there were of each role. */
  get counts(): { app: number; system: number } {
    return { app: this.app.size, system: this.system.size };
  }

  /** Whether the platform has sent this. */
  has({ statement }: PlatformStatement): boolean {
    return [...this.system].some((text) => statement.test(text));
  }

  /** What was sent that the rules forbid. Only the system role may look across organizations, where that is listed. */
  faults(): string[] {
    return [
      ...[...this.app].flatMap((text) => explained(text, [])),
      ...[...this.system].flatMap((text) => explained(text, acrossOf(text))),
    ];
  }

  private listen(pool: OrganizationPool, texts: Set<string>): void {
    const [run, runAtEnd] = [pool.run.bind(pool), pool.runAtEnd.bind(pool)];
    const heard = (statement: Statement) => {
      const { before = [], also = [] } = statement;
      if (this.isListening) for (const { text } of [...before, statement, ...also]) texts.add(text);
      return statement;
    };
    pool.run = (statement) => run(heard(statement));
    pool.runAtEnd = (statement) => runAtEnd(heard(statement));
  }
}

/** A database keeps its pool to itself. */
function poolsOf(database: Database | SystemDatabase): OrganizationPool[] {
  return Object.values(database).filter((value) => value instanceof OrganizationPool);
}

function acrossOf(text: string): string[] {
  return PLATFORM_STATEMENTS.find(({ statement }) => statement.test(text))?.across ?? [];
}

function explained(text: string, across: string[]): string[] {
  const faults = [...faultsOf(text, ORGANIZATION_COLUMNS, across), ...mixed(text)];
  return faults.map((fault) => `${fault}: ${text.replaceAll(/\s+/g, ' ').trim()}`);
}

const WRITTEN = /^\s*(?:insert into|update|delete from) (?:"?public"?\.)?"?(\w+)/i;

/** Citus refuses a statement that writes what every machine has and reads what one has. */
function mixed(text: string): string[] {
  const written = WRITTEN.exec(text)?.[1] ?? '';
  if (!DIRECTORY_TABLES.includes(written)) return [];
  const read = [...ORGANIZATION_COLUMNS.keys()].filter((table) => new RegExp(`\\b${table}\\b`).test(text));
  return read.map((table) => `writes the directory ${written} and reads ${table}`);
}
