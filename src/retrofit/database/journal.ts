import type { Phase } from '../phases/phase.js';
import { PHASES } from '../phases/phase.js';
import type { Step } from '../phases/phase.js';
import type { Plan } from '../plan/plan.js';
import { SCHEMA } from './sql.js';
import type { Session } from './session.js';

/** A step that was done, or begun. */
export interface JournalEntry {
  phase: Phase;
  name: string;
  undoes: string[];
  isDone: boolean;
}

const TABLES = `
CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
CREATE TABLE IF NOT EXISTS ${SCHEMA}.plan (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), plan json NOT NULL, stored_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.phases (
  phase text PRIMARY KEY, started_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz
);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.steps (
  phase text NOT NULL, name text NOT NULL, number bigint GENERATED ALWAYS AS IDENTITY, undoes text[] NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(), done_at timestamptz, PRIMARY KEY (phase, name)
);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.passes (
  table_name text NOT NULL, holder text NOT NULL, next_block bigint NOT NULL, blocks bigint NOT NULL,
  rows_owned bigint NOT NULL DEFAULT 0, busy_ms bigint NOT NULL DEFAULT 0, is_done boolean NOT NULL DEFAULT false,
  updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (holder)
);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.quarantine (
  table_name text NOT NULL, row_key jsonb NOT NULL, reason text NOT NULL, found_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (table_name, row_key)
);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.organizations (id text PRIMARY KEY);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.baselines (
  table_name text PRIMARY KEY, row_count bigint NOT NULL, checksum text NOT NULL, moves bigint NOT NULL, updates bigint NOT NULL, columns text[] NOT NULL
);`;

/** What the tool did to a database, kept in it: in the schema polydesk_retrofit. */
export class Journal {
  constructor(private readonly session: Session) {}

  /** Makes the schema where it is missing, and keeps the plan in it. Can be repeated. */
  async prepare(plan: Plan): Promise<void> {
    if (await this.exists()) return;
    await this.session.transaction(async () => {
      await this.session.run(TABLES);
      await this.session.run(`INSERT INTO ${SCHEMA}.plan (plan) VALUES ($1)`, [JSON.stringify(plan)]);
    });
  }

  async exists(): Promise<boolean> {
    const { found } = await this.session.row<{ found: boolean }>(
      `SELECT to_regclass('${SCHEMA}.baselines') IS NOT NULL AS found`,
    );
    return found;
  }

  /** The plan that the first phase began with; null where none did. */
  async plan(): Promise<Plan | null> {
    const [row] = await this.session.rows<{ plan: Plan }>(`SELECT plan FROM ${SCHEMA}.plan`);
    return row?.plan ?? null;
  }

  /** In the order in which they were done. */
  async entries(phase: Phase): Promise<JournalEntry[]> {
    return this.session.rows<JournalEntry>(
      `SELECT phase, name, undoes, done_at IS NOT NULL AS "isDone" FROM ${SCHEMA}.steps WHERE phase = $1 ORDER BY number`,
      [phase],
    );
  }

  async doneIn(phase: Phase): Promise<Set<string>> {
    return new Set((await this.entries(phase)).filter(({ isDone }) => isDone).map(({ name }) => name));
  }

  /** Before an online step: half of it may be there if it is killed. */
  async begin({ phase, name, undoes }: Step): Promise<void> {
    await this.session.run(
      `INSERT INTO ${SCHEMA}.steps (phase, name, undoes) VALUES ($1, $2, $3) ON CONFLICT (phase, name) DO NOTHING`,
      [phase, name, undoes],
    );
  }

  async end({ phase, name, undoes }: Step): Promise<void> {
    await this.session.run(
      `INSERT INTO ${SCHEMA}.steps (phase, name, undoes, done_at) VALUES ($1, $2, $3, now())
       ON CONFLICT (phase, name) DO UPDATE SET done_at = now()`,
      [phase, name, undoes],
    );
  }

  async forget(phase: Phase, name: string): Promise<void> {
    await this.session.run(`DELETE FROM ${SCHEMA}.steps WHERE phase = $1 AND name = $2`, [phase, name]);
  }

  async beginPhase(phase: Phase): Promise<void> {
    await this.session.run(
      `INSERT INTO ${SCHEMA}.phases (phase) VALUES ($1) ON CONFLICT (phase) DO UPDATE SET finished_at = NULL`,
      [phase],
    );
  }

  async endPhase(phase: Phase): Promise<void> {
    await this.session.run(`UPDATE ${SCHEMA}.phases SET finished_at = now() WHERE phase = $1`, [phase]);
  }

  async forgetPhase(phase: Phase): Promise<void> {
    await this.session.run(`DELETE FROM ${SCHEMA}.phases WHERE phase = $1`, [phase]);
  }

  /** Phases that were begun, in their order; whether they were finished. Empty where nothing was begun. */
  async phases(): Promise<{ phase: Phase; isFinished: boolean }[]> {
    if (!(await this.exists())) return [];
    const rows = await this.session.rows<{ phase: Phase; isFinished: boolean }>(
      `SELECT phase, finished_at IS NOT NULL AS "isFinished" FROM ${SCHEMA}.phases`,
    );
    return rows.toSorted((one, other) => PHASES.indexOf(one.phase) - PHASES.indexOf(other.phase));
  }
}
