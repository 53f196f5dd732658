import { Injectable } from '@nestjs/common';
import type { MessageEchoed, MessageReceived } from '../../channels/channel-events.js';
import type { Companion } from '../../platform/database/companions.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { arriving, connected } from './arrival.statements.js';
import type { Arrival } from './arrival.statements.js';
import { echo } from './echo.statement.js';
import { receive } from './receive.statement.js';

export type Scope = 'message only' | 'everything';

/** How a message is taken in: as which row, with how much around it, and what travels along. */
export interface Taking {
  id: string;
  scope: Scope;
  also: readonly Companion[];
}

/**
 * What customers wrote, and what was written to them elsewhere. Each event is one statement. It answers null where the customer
 * has no conversation with the page yet, the page is not connected any more, or there is more to do than asked; and it changes
 * nothing at all where the message is there already.
 */
@Injectable()
export class InboxRepository extends OrgRepository {
  /** Whether it is still this organization's page. */
  async isConnected({ id, platform, oaId }: ConnectedPage): Promise<boolean> {
    const { orgId } = this.mine;
    const found = await this.rows(connected, { orgId, integrationId: id, platform, oaId });
    return found.length > 0;
  }

  /** `scope`: all that there may be to do, or only where the message is all: no event of it has come early. */
  async receive(page: ConnectedPage, event: MessageReceived, { id, scope, also }: Taking): Promise<Arrival | null> {
    const values = { ...this.mine, ...arriving(page, event), id, ...onlyIn(scope) };
    const [arrival] = await this.rows(receive, values, also);
    return arrival ?? null;
  }

  /**
   * Our own message is told by its id, or by the provider's where that is known already; where the provider hands nothing of
   * ours back, by its words while nobody knows what became of it. It counts as sent: also one that we had given up. The
   * customer may have read it before its echo came, so the watermarks decide how far it has got.
   */
  async echo(page: ConnectedPage, event: MessageEchoed, { id, scope, also }: Taking): Promise<Arrival | null> {
    const { ownMessageId } = event;
    const values = { ...this.mine, ...arriving(page, event), id, ownMessageId, ...onlyIn(scope) };
    const [arrival] = await this.rows(echo, values, also);
    return arrival ?? null;
  }
}

function onlyIn(scope: Scope): { hasEarlyEvents?: boolean } {
  return scope === 'message only' ? { hasEarlyEvents: false } : {};
}
