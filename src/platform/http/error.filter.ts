import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway } from '../database/database-errors.js';
import { logger } from '../logging/logger.js';
import { metrics } from '../metrics/metrics.js';
import { OverloadedError } from '../secrets/turns.js';
import { AppError } from './app-error.js';

/** Speaks HTTP for every error: ours as they are, the framework's in our words, anything else as a bare 500. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const failure = toAppError(error);
    if (failure.status >= 500) logger.error({ err: error, requestId: request.id }, failure.message);
    if (failure.status === 401 || failure.status === 403) noteRefusal(failure, request);
    void http
      .getResponse<FastifyReply>()
      .status(failure.status)
      .headers(failure.headers)
      .send(toEnvelope(failure, request.id));
  }
}

export function toEnvelope({ code, message, details }: AppError, requestId: string): object {
  return { ok: false, error: { code, message, ...(details && { details }), requestId } };
}

/** For whoever watches over the installation: who was refused what, and why. Never the credential. */
function noteRefusal({ code: reason }: AppError, { id, method, ip, routeOptions }: FastifyRequest): void {
  metrics.countRefusal(reason);
  logger.warn({ requestId: id, reason, method, route: routeOptions.url, ip }, 'authorization refused');
}

/** What is told to a client of something that was thrown. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isDatabaseAway(error)) return unavailable('The database cannot be reached: try again shortly');
  if (error instanceof OverloadedError) return unavailable('Too much is being asked at this moment: try again shortly');
  const status = statusOf(error);
  if (status === 404) return AppError.notFound();
  if (status === 413) return new AppError('too_large', 413, 'The body is larger than this server takes');
  if (status === 415) return AppError.malformed('Send JSON, with content-type: application/json');
  if (status !== null && status >= 400 && status < 500) return AppError.malformed('The request cannot be read');
  return new AppError('internal', 500, 'Something went wrong here: the request id finds it in the log');
}

function unavailable(message: string): AppError {
  return new AppError('unavailable', 503, message, undefined, { 'retry-after': '5' });
}

/** Fastify's errors carry `statusCode`, Nest's a method. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return null;
}
