import { Injectable } from '@nestjs/common';
import type { AccountChanged, ChannelEvent, WatermarkMoved } from '../../channels/channel-events.js';
import type { Channel, Platform } from '../../channels/channel.js';
import { OrgContext } from '../../platform/context/org-context.js';
import { isDatabaseAway } from '../../platform/database/database-errors.js';
import { StandingCache } from '../../platform/database/standing-cache.js';
import { messageOf } from '../../platform/errors/thrown.js';
import { logger } from '../../platform/logging/logger.js';
import { metrics } from '../../platform/metrics/metrics.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { InboxService } from '../messages/inbox.service.js';
import { PageMovedError } from '../messages/page-moved.error.js';
import { ChannelRoutesSystemRepository } from './channel-routes.system-repository.js';
import type { Route } from './channel-routes.system-repository.js';

/** Gives each event of a webhook body to the organization whose page it is about. */
@Injectable()
export class DispatchService {
  private readonly known = new StandingCache<Route>();

  constructor(
    private readonly routes: ChannelRoutesSystemRepository,
    private readonly inbox: InboxService,
    private readonly integrations: IntegrationsService,
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
    const route = await this.routeOf(platform, oaId).catch(notRouted(platform, events.length));
    if (route) return this.receiveBy(route, platform, events);
    return this.receiveUnrouted(platform, oaId, events);
  }

  private receiveBy(route: Route, platform: Platform, events: ChannelEvent[]): Promise<number> {
    return OrgContext.runAsSystem(route.orgId, `${platform} webhook`, () =>
      this.receiveInOrder(route, platform, events),
    );
  }

  /** What concerns an account that holds pages is for each of them; the rest is for the operator. */
  private async receiveUnrouted(platform: Platform, oaId: string, events: ChannelEvent[]): Promise<number> {
    const turned = events
      .filter(isReadTheOtherWay)
      .map(({ otherReading, ...event }) => ({ ...event, ...otherReading }));
    const [first] = turned;
    if (first && (await this.routeOf(platform, first.oaId))) return this.receiveOfPage(platform, first.oaId, turned);
    let failed = 0;
    const ofAccount = events.filter(concernsAccount);
    const pages = ofAccount.length > 0 ? await this.routes.findByBusiness(platform, oaId) : [];
    for (const route of pages) failed += await this.receiveBy(route, platform, ofAccount);
    const unheard = pages.length > 0 ? events.filter((event) => !concernsAccount(event)) : events;
    await this.countUnrouted(platform, oaId, unheard);
    return failed;
  }

  private async countUnrouted(platform: Platform, oaId: string, events: ChannelEvent[]): Promise<void> {
    const last = events.at(-1);
    if (last) await this.routes.countUnrouted(platform, oaId, events.length, last);
    metrics.countInbound(platform, 'unrouted', events.length);
  }

  /** As it was a moment ago: whoever takes an event in makes sure, in the same transaction, that it is so still. */
  private routeOf(platform: Platform, oaId: string): Promise<Route | undefined> {
    return this.known.get(`${platform} ${oaId}`, () => this.routes.find(platform, oaId));
  }

  private async receiveInOrder({ page }: Route, platform: Platform, events: ChannelEvent[]): Promise<number> {
    let failed = 0;
    for (const [place, event] of events.entries())
      try {
        await this.receiveOne(page, event);
        metrics.countInbound(platform, 'kept', 1);
      } catch (error) {
        if (error instanceof PageMovedError)
          return failed + (await this.receiveMoved(platform, page.oaId, events.slice(place)));
        noteFailure(error, platform, event);
        failed += 1;
      }
    return failed;
  }

  private async receiveOne(page: ConnectedPage, event: ChannelEvent): Promise<void> {
    if (!isOfAccount(event)) return this.inbox.receive(page, event);
    const { status, hasReason } = OF_ACCOUNT[event.kind];
    await this.integrations.markStatus(page.id, status, hasReason ? event.reason : null);
  }

  /** What is left of a page's events, for whoever has connected it now. */
  private receiveMoved(platform: Platform, oaId: string, events: ChannelEvent[]): Promise<number> {
    this.known.forget(`${platform} ${oaId}`);
    return this.receiveOfPage(platform, oaId, events);
  }
}

const OF_ACCOUNT = {
  'account.restricted': { status: 'restricted', hasReason: true },
  'account.removed': { status: 'reconnect_required', hasReason: true },
  'account.restored': { status: 'connected', hasReason: false },
} as const;

function isOfAccount(event: ChannelEvent): event is AccountChanged {
  return event.kind in OF_ACCOUNT;
}

function concernsAccount(event: ChannelEvent): boolean {
  return isOfAccount(event) || (event.kind === 'other' && event.isOfAccount === true);
}

type TurnedReceipt = WatermarkMoved & { otherReading: NonNullable<WatermarkMoved['otherReading']> };

function isReadTheOtherWay(event: ChannelEvent): event is TurnedReceipt {
  return 'otherReading' in event && event.otherReading !== undefined;
}

/** The database is away, most likely: the provider sends these events again. */
function notRouted(platform: Platform, events: number): (error: unknown) => never {
  return (error) => {
    metrics.countInbound(platform, 'failed', events);
    throw error;
  };
}

/** One event's failure is no reason to lose the others. What the customer wrote stays out of the log. */
function noteFailure(error: unknown, platform: string, { kind, oaId, dedupeKey }: ChannelEvent): void {
  metrics.countInbound(platform, 'failed', 1);
  if (isDatabaseAway(error)) throw error;
  logger.error({ kind, oaId, dedupeKey, reason: messageOf(error) }, 'An event could not be taken in');
}

function byPage(events: ChannelEvent[]): Map<string, ChannelEvent[]> {
  const pages = new Map<string, ChannelEvent[]>();
  for (const event of events) pages.set(event.oaId, [...(pages.get(event.oaId) ?? []), event]);
  return pages;
}
