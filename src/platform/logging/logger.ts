import type { LoggerService } from '@nestjs/common';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';
import pretty from 'pino-pretty';
import { OrgContext } from '../context/org-context.js';
import { codeOf, messageOf } from '../errors/thrown.js';
import { traceFields } from '../tracing/tracing.js';

/** Keys whose values never reach a log, at any of the depths we log. */
const SECRETS = [
  'authorization',
  'cookie',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'key',
  'apiKey',
  'text',
];
const PATHS = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]).concat(
  '*["x-api-key"]',
  '*.*["x-api-key"]',
);

/** JSON for machines, one readable line for the person at a terminal. */
export const logStream = process.stdout.isTTY ? pretty({ ignore: 'pid,hostname' }) : destination({ fd: 1, sync: true });

/** Structured log: every line says request, organization and actor; none says a secret or what a customer wrote. */
export const logger: Logger = pino(
  {
    redact: { paths: PATHS, censor: '[hidden]' },
    serializers: { err: describeError },
    mixin: () => ({ ...OrgContext.current?.logFields, ...traceFields() }),
  },
  logStream,
);

const requestLogger = pino({}, logStream);

/**
 * The line that every request leaves. Its fields are named where it is written and hold nobody's words: to look for secrets in
 * it would cost several times what writing it does.
 */
export function logRequest(fields: Record<string, string | number>): void {
  if (logger.isLevelEnabled('info')) requestLogger.info(Object.assign(fields, traceFields()), 'request');
}

/** Nest's own lines, through the same log. Its start-up chatter is for debugging only. */
export const nestLogger: LoggerService = {
  log: (message: unknown, context?: unknown) => logger.debug({ context }, String(message)),
  debug: (message: unknown, context?: unknown) => logger.debug({ context }, String(message)),
  verbose: (message: unknown, context?: unknown) => logger.trace({ context }, String(message)),
  warn: (message: unknown, context?: unknown) => logger.warn({ context }, String(message)),
  error: (message: unknown, stack?: unknown) => logger.error({ stack }, String(message)),
  fatal: (message: unknown, stack?: unknown) => logger.fatal({ stack }, String(message)),
};

/**
 * What an error says of itself, and nothing of the data it was about: Postgres puts the failing row into `detail`, Prisma the
 * arguments of the call into its message, before the last line.
 */
function describeError(error: unknown): object {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const said = messageOf(error).trimEnd();
  return {
    type: error.constructor.name,
    code: codeOf(error),
    message: said.slice(said.lastIndexOf('\n') + 1),
    stack: 'stack' in error ? framesOf(String(error.stack)) : undefined,
    cause: 'cause' in error && error.cause ? describeError(error.cause) : undefined,
  };
}

/** A stack without the message that it begins with. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^ +at /.test(line))
    .join('\n');
}
