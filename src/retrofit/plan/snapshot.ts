import { sqlStateOf } from '../database/session.js';
import type { Session } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Everything in one snapshot, so that the numbers agree with each other. Writes nothing.
 * @throws RetrofitError where the role may not see all rows
 */
export async function inSnapshot<T>(session: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await snapshot(session, work);
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE || !(error instanceof Error)) throw error;
    throw new RetrofitError(
      `This role may not see all rows: ${error.message}. Connect as the owner of the tables, or as a superuser`,
    );
  }
}

function snapshot<T>(session: Session, work: () => Promise<T>): Promise<T> {
  return session.transaction(async () => {
    // Where policies would hide rows, PostgreSQL refuses instead: numbers of half a table mislead.
    await session.run('SET LOCAL row_security = off');
    // Each query is long and runs once: compiling it does not pay.
    await session.run('SET LOCAL jit = off');
    // Whole tables are joined, one query at a time.
    await session.run(`SET LOCAL work_mem = '64MB'`);
    return work();
  }, 'ISOLATION LEVEL REPEATABLE READ READ ONLY');
}
