import type { Environment } from '../../src/platform/config/settings.js';
import { PHASES } from '../../src/retrofit/phases/phase.js';
import type { Certificate } from '../../src/retrofit/verify/certificate.js';
import { command, succeeds } from './retrofit-command.js';
import type { Reachable } from './retrofit-command.js';
import { CompiledTool } from './retrofit-compiled.js';
import { LiveApplication } from './retrofit-live.js';
import type { Action } from './retrofit-live.js';
import type { LiveReport } from './retrofit-live-report.js';
import { RetrofitDatabase } from './retrofit.js';

/** All but the last, which asks for code that knows of organizations. */
const BESIDE_OLD_CODE: readonly string[] = PHASES.filter((phase) => phase !== 'contract');

/** What the application's old role may do: everything with the rows, nothing with the schema. */
const RIGHTS = (role: string, schema: string): string => `
  GRANT USAGE ON SCHEMA ${schema} TO ${role};
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role};`;

/** A fixture's database that is taken through the phases by the command line. */
export class Walk implements Reachable {
  private constructor(
    readonly database: RetrofitDatabase,
    readonly plan: string,
    private readonly tool: CompiledTool,
  ) {}

  /** @param plan as YAML */
  static async begin(script: string, plan: string, server?: string): Promise<Walk> {
    const database = await RetrofitDatabase.make(server);
    await database.load(script);
    return new Walk(database, await database.planFile(plan), await CompiledTool.make());
  }

  get environment(): Environment {
    return this.database.environment;
  }

  get program(): string {
    return this.tool.program;
  }

  /** Runs a command of the tool that must end well. What it said. */
  does(...args: string[]): Promise<string> {
    return succeeds(this, ...args, '--plan', this.plan);
  }

  /** All phases through one that are not done yet. */
  through(phase: string): Promise<string> {
    return this.does('run', '--through', phase);
  }

  /** What `verify --json` prints, whatever it finds. */
  async certificate(): Promise<Certificate> {
    const { code, stdout, stderr } = await command(this, 'verify', '--json', '--plan', this.plan);
    if (stdout === '') throw new Error(stderr);
    const certificate: Certificate = JSON.parse(stdout);
    if (certificate.ok !== (code === 0)) throw new Error(`Exit code ${code} with ${stdout}`);
    return certificate;
  }

  /**
   * Runs phases one by one beside an application that knows nothing of them, and signs in as a role with no more rights than it
   * needs. What the application did, and what the tool said.
   */
  async beside(actions: Action[], phases = BESIDE_OLD_CODE): Promise<{ report: LiveReport; said: string }> {
    const old = await this.database.role('old');
    for (const { schema } of await this.database.rows<{ schema: string }>(SCHEMAS))
      await this.database.load(RIGHTS(old.name, schema));
    const application = await LiveApplication.start(old.url, { actions, perSecond: 100 });
    let said = '';
    try {
      await application.writes(50);
      for (const phase of phases) {
        said += await this.does(phase);
        await application.writes(50);
      }
    } finally {
      await application.stop();
    }
    return { report: application.report, said };
  }

  /** Rows that were recorded as nobody's, by table. */
  async quarantined(): Promise<Record<string, number>> {
    const rows = await this.database.rows<{ table: string; rows: number }>(
      `SELECT table_name AS table, count(*)::int AS rows FROM polydesk_retrofit.quarantine GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ table, rows: count }) => [table, count]));
  }

  async stop(): Promise<void> {
    await this.database.stop();
    await this.tool.remove();
  }
}

const SCHEMAS = `SELECT quote_ident(nspname) AS schema FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|polydesk_)'`;
