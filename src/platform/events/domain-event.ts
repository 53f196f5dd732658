/** What a change did to one field. Secrets say only that they changed. */
export interface FieldChange {
  from: unknown;
  to: unknown;
}
export type Changes = Record<string, FieldChange>;

export interface Target {
  type: string;
  id: string | null;
}

/** Something that happened inside one organization. Subclasses carry what their listeners need. */
export abstract class DomainEvent {
  /** In the form `conversation.updated`. */
  abstract readonly name: string;
  abstract readonly target: Target;
  readonly changes: Changes = {};
  /** What happened once has one id, however often it is told; null: each telling is a new event. */
  readonly eventId: string | null = null;
  /** The conversation that it happened in, where it did. */
  readonly conversationId: string | null = null;
  /** False for what customers and providers do: the messages themselves say it. */
  readonly isAudited: boolean = true;
}

const SECRET = /password|token|secret|key_?hash/i;

/** The fields that differ between two states of a row; of a new row, those that it has. */
export function changesBetween(before: object | null, after: object): Changes {
  const old = new Map<string, unknown>(Object.entries(before ?? {}));
  const differing = Object.entries(after).filter(([field, to]) => !isSame(old.get(field), to) && field !== 'updatedAt');
  return Object.fromEntries(differing.map(([field, to]) => [field, change(field, old.get(field), to)]));
}

function change(field: string, from: unknown, to: unknown): FieldChange {
  if (SECRET.test(field)) return { from: from === undefined || from === null ? null : '[hidden]', to: '[hidden]' };
  return { from: from ?? null, to: to ?? null };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
