/** What an endpoint can subscribe to. */
export const EVENT_TYPES = [
  'message.created',
  'message.updated',
  'conversation.created',
  'conversation.updated',
  'conversation.status_changed',
  'customer.created',
  'customer.updated',
  'integration.updated',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Sent to one endpoint because somebody asked for it; nobody subscribes to it. */
export const TEST_EVENT = 'endpoint.test';

/** All that deliveries can be of. */
export const DELIVERED_TYPES = [...EVENT_TYPES, TEST_EVENT] as const;
