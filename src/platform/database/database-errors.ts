import { codeOf, messageOf } from '../errors/thrown.js';

/** Postgres cannot be reached, is starting or shutting down, has no room left to work in, or gave no connection in time. */
export class DatabaseUnavailableError extends Error {
  constructor(cause: unknown) {
    super('The database cannot be reached', { cause });
    this.name = 'DatabaseUnavailableError';
  }
}

/** A query could not be written to the wire as a whole. A defect of ours; what the server makes of the half, nobody knows. */
export class HalfSentQueryError extends Error {
  constructor(cause: unknown) {
    super(`A query was sent only in part: ${messageOf(cause)}`, { cause });
    this.name = 'HalfSentQueryError';
  }
}

/** A query names no organization, or another than the bound one. A defect of ours, refused before it reaches Postgres. */
export class UnscopedQueryError extends Error {
  constructor(model: string, operation: string, reason: string) {
    super(`${model}.${operation} refused: ${reason}`);
    this.name = 'UnscopedQueryError';
  }
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);
/** admin_shutdown, crash_shutdown, cannot_connect_now, database dropped, too_many_connections, and timeouts. */
const STATES = new Set(['57014', '57P01', '57P02', '57P03', '57P05', '53300', '25P03', '3D000', '28P01', '28000']);
/** disk_full, out_of_memory, configuration_limit_exceeded, io_error: it answers, but its machine has no more to give. */
const EXHAUSTED = new Set(['53100', '53200', '53400', '58030']);
/** What pg and pg-pool say without a code. */
const SENTENCES =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|not queryable|Cannot use a pool/;

/** Whether an error of pg means that Postgres is away, rather than that the query was wrong. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = codeOf(error) ?? '';
  const isAway = NETWORK.has(code) || STATES.has(code) || EXHAUSTED.has(code) || code.startsWith('08');
  return isAway || SENTENCES.test(messageOf(error));
}

/** The same of any error that may have one of pg as its cause, such as Prisma's. */
export function isDatabaseAway(error: unknown): boolean {
  for (let cause = error; typeof cause === 'object' && cause !== null; cause = 'cause' in cause ? cause.cause : null)
    if (cause instanceof DatabaseUnavailableError || isUnavailable(cause)) return true;
  return false;
}

/**
 * Whether a connection cannot be used again after this error: broken, or still waiting for an answer. One that Postgres could
 * not do something on for want of room stays: a new one would need room as well.
 */
export function leavesInDoubt(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return !isRefusedStatement(error.cause);
  return error instanceof HalfSentQueryError;
}

/** FATAL and PANIC end the connection. Where Postgres speaks another language than English, a sound one is given up as well. */
function isRefusedStatement(cause: unknown): boolean {
  if (typeof cause !== 'object' || cause === null || !('severity' in cause)) return false;
  return cause.severity === 'ERROR' && EXHAUSTED.has(codeOf(cause) ?? '');
}

/** What means "Postgres is away" as {@link DatabaseUnavailableError}, everything else as it is. */
export function sayingAway<E>(error: E): E | DatabaseUnavailableError {
  return isUnavailable(error) ? new DatabaseUnavailableError(error) : error;
}

/** Throws it so. */
export function rethrow(error: unknown): never {
  throw sayingAway(error);
}

/**
 * The unique key or foreign key that an error of pg or Prisma says was violated; null for any other error. What a worker of a
 * Citus cluster refuses comes without the field for it, and with the number of the shard behind the name.
 */
export function violatedConstraint(error: unknown): string | null {
  for (let current = error; typeof current === 'object' && current !== null; current = causeOf(current)) {
    const name = constraintOf(current);
    if (name !== null) return name;
  }
  return null;
}

function causeOf(error: object): unknown {
  if ('cause' in error && error.cause) return error.cause;
  if ('meta' in error && typeof error.meta === 'object' && error.meta && 'driverAdapterError' in error.meta)
    return error.meta.driverAdapterError;
  return null;
}

const VIOLATED = /violates (?:unique|foreign key) constraint "(.+?)(?:_\d{6,})?"/;

function constraintOf(error: object): string | null {
  const sentence = 'originalMessage' in error ? String(error.originalMessage) : messageOf(error);
  return namedConstraintOf(error) ?? VIOLATED.exec(sentence)?.[1] ?? null;
}

function namedConstraintOf(error: object): string | null {
  if (!('constraint' in error)) return null;
  const { constraint } = error;
  if (typeof constraint === 'string') return constraint;
  if (typeof constraint === 'object' && constraint && 'index' in constraint) return String(constraint.index);
  return null;
}
