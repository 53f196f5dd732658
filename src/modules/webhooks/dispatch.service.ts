import { Injectable } from '@nestjs/common';
import type { Channel, ChannelEvent, Platform } from '../../channels/channel.js';
import { OrgContext } from '../../platform/context/org-context.js';
import { isDatabaseAway } from '../../platform/database/database-errors.js';
import { logger } from '../../platform/logging/logger.js';
import { metrics } from '../../platform/metrics/metrics.js';
import { InboxService } from '../messages/inbox.service.js';
import { ChannelRoutesSystemRepository } from './channel-routes.system-repository.js';
import type { Route } from './channel-routes.system-repository.js';
import { messageOf } from '../../platform/errors/thrown.js';

/** Gives each event of a webhook body to the organization whose page it is about. */
@Injectable()
export class DispatchService {
  constructor(
    private readonly routes: ChannelRoutesSystemRepository,
    private readonly inbox: InboxService,
  ) {}

  /**
   * Takes in what can be taken in; throws afterwards if anything could not, so that the provider sends it all again. Where the
   * database is away it throws at once.
   */
  async receive(channel: Channel, body: unknown): Promise<void> {
    let failed = 0;
    for (const [oaId, events] of byPage(channel.translate(body)))
      failed += await this.receiveOfPage(channel.platform, oaId, events);
    if (failed > 0) throw new Error(`${failed} events of a ${channel.platform} webhook could not be taken in`);
  }

  /** Returns how many failed. */
  private async receiveOfPage(platform: Platform, oaId: string, events: ChannelEvent[]): Promise<number> {
    const route = await this.routes.find(platform, oaId).catch(notRouted(platform, events.length));
    if (route)
      return OrgContext.runAsSystem(route.orgId, `${platform} webhook`, () => this.receiveInOrder(route, events));
    const last = events.at(-1);
    if (last) await this.routes.countUnrouted(platform, oaId, events.length, last);
    metrics.countInbound(platform, 'unrouted', events.length);
    return 0;
  }

  private async receiveInOrder({ page }: Route, events: ChannelEvent[]): Promise<number> {
    let failed = 0;
    for (const event of events)
      failed += await this.inbox.receive(page, event).then(() => kept(page.platform), failureOf(page.platform, event));
    return failed;
  }
}

/** The database is away, most likely: the provider sends these events again. */
function notRouted(platform: Platform, events: number): (error: unknown) => never {
  return (error) => {
    metrics.countInbound(platform, 'failed', events);
    throw error;
  };
}

function kept(platform: string): number {
  metrics.countInbound(platform, 'kept', 1);
  return 0;
}

/** One event's failure is no reason to lose the others. What the customer wrote stays out of the log. */
function failureOf(platform: string, { kind, oaId, dedupeKey }: ChannelEvent): (error: unknown) => number {
  return (error) => {
    metrics.countInbound(platform, 'failed', 1);
    if (isDatabaseAway(error)) throw error;
    logger.error({ kind, oaId, dedupeKey, reason: messageOf(error) }, 'An event could not be taken in');
    return 1;
  };
}

function byPage(events: ChannelEvent[]): Map<string, ChannelEvent[]> {
  const pages = new Map<string, ChannelEvent[]>();
  for (const event of events) pages.set(event.oaId, [...(pages.get(event.oaId) ?? []), event]);
  return pages;
}
