import { isUUID } from 'class-validator';
import { AppError, found } from '../../platform/http/app-error.js';

/** The fields of what a client sent: its own ones only, so that nothing inherited passes for one. 422 for what is no object. */
export function fieldsOf(payload: unknown): ReadonlyMap<string, unknown> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload) || Buffer.isBuffer(payload))
    throw AppError.invalid([{ path: '', message: 'must be an object' }]);
  return new Map(Object.entries(payload));
}

/** 422 where it is no text. What cannot be an id is not there, as in a path. */
export function conversationIdIn(fields: ReadonlyMap<string, unknown>): string {
  const id = fields.get('conversationId');
  if (typeof id !== 'string') throw AppError.invalidField('conversationId', 'must be the id of a conversation');
  return found(isUUID(id) ? id.toLowerCase() : null);
}

export function flagIn(fields: ReadonlyMap<string, unknown>, name: string): boolean {
  const flag = fields.get(name);
  if (typeof flag !== 'boolean') throw AppError.invalidField(name, 'must be true or false');
  return flag;
}

export function assertOnly(fields: ReadonlyMap<string, unknown>, known: readonly string[]): void {
  const unknown = [...fields.keys()].filter((name) => !known.includes(name));
  if (unknown.length > 0) throw AppError.invalid(unknown.map((path) => ({ path, message: 'is not a field here' })));
}
