import { claimDatabase } from '../database/only-copy.js';
import { Session } from '../database/session.js';
import { explanationOf } from './explain.js';
import { openWork } from './open-work.js';
import { Progress } from './progress.js';
import type { Work } from './work.js';

export interface CommonOptions {
  databaseUrl?: string;
  plan?: string;
}

/** Runs a command that only reads. Errors that the user can mend become a message and exit code 1. */
export function reading<T extends CommonOptions>(command: (session: Session, options: T) => Promise<void>) {
  return (options: T): Promise<void> => explained(() => withSession(options, (session) => command(session, options)));
}

/** Runs a command that changes the database, as the only one. */
export function changing<T extends CommonOptions>(command: (work: Work, options: T) => Promise<void>) {
  return reading<T>(async (session, options) => {
    await claimDatabase(session);
    await command(await openWork(session, options.plan ?? null, new Progress(process.stdout)), options);
  });
}

async function withSession(options: CommonOptions, work: (session: Session) => Promise<void>): Promise<void> {
  const session = await Session.open(options.databaseUrl);
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

async function explained(work: () => Promise<void>): Promise<void> {
  // Whoever reads along has gone, as `head` does: there is nobody to tell anything. What was begun can be gone on with.
  process.stdout.once('error', () => process.exit(1));
  try {
    await work();
  } catch (error) {
    const explanation = explanationOf(error);
    if (!explanation) throw error;
    const { message, details } = explanation;
    process.stderr.write([message, ...details.map((detail) => `  ${detail}`), ''].join('\n'));
    process.exitCode = 1;
  }
}
