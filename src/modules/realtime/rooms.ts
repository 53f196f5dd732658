import type { Caller } from '../auth/callers.js';

/**
 * What a socket hears. Names hold the organization, come from the caller's credential and from rows that were found in it, and
 * never leave the server.
 */
export const rooms = {
  messages: (orgId: string) => `messages ${orgId}`,
  conversations: (orgId: string) => `conversations ${orgId}`,
  people: (orgId: string) => `people ${orgId}`,
  everybody: (orgId: string) => `everybody ${orgId}`,
  /** All sockets of one caller. */
  caller: ({ orgId, actor }: Caller) => `caller ${orgId} ${actor.type} ${actor.id}`,
  conversation: (orgId: string, id: string) => `conversation ${orgId} ${id}`,
};

/** What a caller hears without asking; null where nothing is for them. */
export function roomsOf(caller: Caller): string[] | null {
  const { orgId, actor } = caller;
  const { permissions, type } = actor;
  const heard = [
    ...(permissions.has('messages:read') ? [rooms.messages(orgId)] : []),
    ...(permissions.has('conversations:read') ? [rooms.conversations(orgId)] : []),
  ];
  if (heard.length === 0) return null;
  const isPerson = type === 'user' || permissions.has('users:read');
  return [...heard, ...(isPerson ? [rooms.people(orgId)] : []), rooms.everybody(orgId), rooms.caller(caller)];
}
