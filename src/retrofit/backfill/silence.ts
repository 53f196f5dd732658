import type { Table, Trigger } from '../catalogue/catalogue.js';
import type { Session } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';
import type { Work } from '../run/work.js';
import { TRIGGER_PREFIX } from '../phases/trigger-steps.js';
import type { BackfillOptions } from './options.js';

const SETTINGS: Record<string, string> = {
  // A row that somebody else has locked is not waited for any longer, since whoever waits for our rows waits along.
  lock_timeout: '100ms',
  // A batch that takes that long is given up, and made smaller.
  statement_timeout: '2s',
  // A batch and its cursor are lost together, or not at all.
  synchronous_commit: 'off',
  // What it leaves to the kernel is written in large pieces there, and who commits meanwhile waits for the disk.
  backend_flush_after: '512kB',
  // Short statements do not earn it back.
  jit: 'off',
  // Rows that a policy hides would be forgotten: better an error.
  row_security: 'off',
};

/**
 * Does work that writes to many rows without firing the application's triggers, in a session set up for it.
 * @throws RetrofitError before it starts, where the server's rights do not allow that and nobody said that they may fire
 */
export async function silently<T>(work: Work, options: BackfillOptions, does: () => Promise<T>): Promise<T> {
  checkTriggers(work, options);
  const silence: Record<string, string> = work.catalogue.role.maySilenceTriggers
    ? { session_replication_role: 'replica' }
    : {};
  return withSettings(work.session, { ...SETTINGS, ...silence }, does);
}

/**
 * The application's triggers that fire although nobody wants it: `messages.notify_desk`.
 * @throws RetrofitError where there are any and nobody said that they may
 */
export function checkTriggers(work: Work, { fireTriggers = false }: BackfillOptions): string[] {
  const fire = triggersThatFire(work);
  if (fire.length > 0 && !fireTriggers) throw refusal(work, fire);
  return fire;
}

function refusal({ catalogue }: Work, fire: string[]): RetrofitError {
  const { name, maySilenceTriggers } = catalogue.role;
  const why = maySilenceTriggers
    ? `they are enabled as REPLICA or ALWAYS`
    : `the role ${name} may not set session_replication_role`;
  return new RetrofitError(
    `Triggers of the application would fire for every row that is given its organization: ${why}. Nothing was begun. ${wayOut(name, maySilenceTriggers)}, or allow it by --fire-triggers`,
    fire,
  );
}

function wayOut(role: string, maySilence: boolean): string {
  if (maySilence) return 'Disable them meanwhile';
  return `Connect as a superuser, or as one allow it (PostgreSQL 15 and later): GRANT SET ON PARAMETER session_replication_role TO "${role}"`;
}

function triggersThatFire({ catalogue, derivations }: Work): string[] {
  const firing: Trigger['enabled'][] = catalogue.role.maySilenceTriggers ? ['R', 'A'] : ['O', 'A'];
  const written = derivations.filter(({ answers, unowned }) => answers.length > 0 || typeof unowned === 'object');
  const places = new Set(written.flatMap(({ table, holders }): Table[] => [table, ...holders]));
  return [...places].flatMap(({ name, triggers }) =>
    triggers
      .filter(
        (trigger) =>
          trigger.firesOnUpdate && firing.includes(trigger.enabled) && !trigger.name.startsWith(TRIGGER_PREFIX),
      )
      .map((trigger) => `${name}.${trigger.name}`),
  );
}

async function withSettings<T>(session: Session, settings: Record<string, string>, does: () => Promise<T>): Promise<T> {
  const before = await session.rows<{ name: string; value: string }>(
    `SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name`,
    [Object.keys(settings)],
  );
  await set(session, Object.entries(settings));
  try {
    return await does();
  } finally {
    // The connection may be gone, and its settings with it.
    await set(
      session,
      before.map(({ name, value }) => [name, value]),
    ).catch(() => undefined);
  }
}

async function set(session: Session, settings: [string, string][]): Promise<void> {
  for (const setting of settings) await session.run(`SELECT set_config($1, $2, false)`, setting);
}
