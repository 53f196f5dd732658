import type { FollowedEvent } from '../../platform/events/followers.js';
import type { EventType } from '../webhook-endpoints/event-types.js';

/** What partners are told of an event of ours. */
const TOLD: Record<string, EventType> = {
  'message.created': 'message.created',
  'message.updated': 'message.updated',
  'message.retried': 'message.updated',
  'conversation.created': 'conversation.created',
  'conversation.updated': 'conversation.updated',
  'customer.created': 'customer.created',
  'customer.updated': 'customer.updated',
  'integration.connected': 'integration.updated',
  'integration.updated': 'integration.updated',
  'integration.disconnected': 'integration.updated',
};

/** An event as partners know it. `eventId` is its webhook-id. */
export interface Announcement {
  type: EventType;
  eventId: string;
}

export function isAnnounced(name: string): boolean {
  return name in TOLD;
}

/** A conversation whose status changed is told of twice: as changed, and as that. */
export function announcementsOf({ id, name, changes }: Pick<FollowedEvent, 'id' | 'name' | 'changes'>): Announcement[] {
  const type = TOLD[name];
  if (type === undefined) return [];
  const told = { type, eventId: `evt_${id}` };
  if (type !== 'conversation.updated' || !('status' in changes)) return [told];
  return [told, { type: 'conversation.status_changed', eventId: `evt_${id}_status` }];
}
