import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { uuidv7 } from 'uuidv7';
import { codeOf } from '../errors/thrown.js';
import { AppError } from './app-error.js';
import { toEnvelope } from './error.filter.js';

/**
 * Answers what never became a request: too slow, too long, or no HTTP at all. The framework cannot speak for it, so this writes
 * the contract's failure to the socket itself, and closes it.
 */
export function refuseConnection(error: Error, socket: Socket): void {
  if (codeOf(error) === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(toResponse(toAppError(error)));
  socket.destroy(error);
}

function toAppError(error: Error): AppError {
  const code = codeOf(error);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new AppError('timeout', 408, 'The request took too long to arrive');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new AppError('too_large', 431, 'The headers are larger than this server takes');
  return AppError.malformed('This is not HTTP that can be read');
}

function toResponse(failure: AppError): string {
  const requestId = uuidv7();
  const body = JSON.stringify(toEnvelope(failure, requestId));
  const head = [
    `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
