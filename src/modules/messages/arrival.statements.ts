/** What the statements that take a message in have in common. */

import { sql } from 'kysely';
import type { MessageEchoed, MessageReceived } from '../../channels/channel-events.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import type { ConnectedPage } from '../conversations/connected-page.js';

/** Where a message went. `messageId` is null where nothing was new. */
export interface Arrival {
  conversationId: string;
  messageId: string | null;
  /** Our message that the provider turns out to have; only where it was not known to. */
  confirmedId?: string | null;
  /** The conversation's, where a message came into it: writing to it may have opened it. */
  statusBefore: string;
  statusAfter: string | null;
  /** Whether something may have happened to it already: see AmendmentsRepository. */
  hasEarlyEvents: boolean;
}

export function arriving({ id: integrationId, platform, oaId }: ConnectedPage, event: MessageReceived | MessageEchoed) {
  const { customerExternalId, providerMessageId, text, occurredAt } = event;
  return {
    ...{ integrationId, platform, oaId, customerExternalId, providerMessageId, text, occurredAt },
    attachments: JSON.stringify(event.attachments),
    metadata: JSON.stringify(event.metadata),
    now: new Date(),
  };
}

/** A message's values, in the inbox's statements. */
export type Arriving = { orgId: string; id: string; hasEarlyEvents?: boolean } & ReturnType<typeof arriving>;

type Connected = Pick<Arriving, 'orgId' | 'integrationId' | 'platform' | 'oaId'>;

/** Nothing arrives at a page that is not this organization's any more: who said so may have looked a moment ago. */
const isConnected = ({ orgId, integrationId, platform, oaId }: Places<Connected>) => sql`EXISTS (
  SELECT FROM channel_routes r
  WHERE r.org_id = ${orgId} AND r.platform = ${platform} AND r.external_id = ${oaId} AND r.integration_id = ${integrationId}
)`;

export const mayArrive = ({ hasEarlyEvents, ...page }: Places<Connected & Pick<Arriving, 'hasEarlyEvents'>>) =>
  hasEarlyEvents ? sql`${isConnected(page)} AND c.has_early_events = ${hasEarlyEvents}` : isConnected(page);

export const connected = new PreparedStatement((_, page: Places<Connected>) => sql`SELECT WHERE ${isConnected(page)}`);
