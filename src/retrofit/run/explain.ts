import pg from 'pg';
import { RetrofitError } from '../retrofit-error.js';

/** What to do about errors of PostgreSQL, by the beginning of their SQLSTATE. PostgreSQL manual, appendix A. */
const ADVICE: Record<string, string> = {
  '42501': 'Connect as the owner of the tables, or as a superuser, and run the command again',
  '55P03': "End the transactions that hold the lock ('retrofit status' names them), and run the command again",
  '57P': 'Run the command again once the database is there: it goes on where it was',
  '53': 'Make room on the server, and run the command again: it goes on where it was',
};
const OTHERWISE = 'What was under way was taken back. Mend it, and run the command again: it goes on where it was';

/** pg's words for a connection that broke while it was used. */
const BROKEN = /^(?:Connection terminated|Client has encountered a connection error|read ECONNRESET|write EPIPE)/;

/** The error as the person who runs the command can use it; undefined where it is a fault of the tool. */
export function explanationOf(error: unknown): RetrofitError | undefined {
  if (error instanceof RetrofitError) return error;
  if (error instanceof pg.DatabaseError) return ofPostgres(error);
  if (error instanceof Error && BROKEN.test(error.message))
    return new RetrofitError('The connection to the database broke. Run the command again: it goes on where it was');
  return undefined;
}

function ofPostgres({ code = '', message, detail, hint, where }: pg.DatabaseError): RetrofitError {
  const [, advice = OTHERWISE] = Object.entries(ADVICE).find(([beginning]) => code.startsWith(beginning)) ?? [];
  const details = [detail, hint, where?.split('\n')[0]].filter((each) => each !== undefined);
  return new RetrofitError(`PostgreSQL says: ${message} (${code}). ${advice}`, details);
}
