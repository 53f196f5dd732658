import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../context/org-context.js';
import type { Companion } from '../database/companions.js';
import { StandingCache } from '../database/standing-cache.js';
import { Transaction } from '../database/transaction.js';
import type { Json, JsonObject } from '../jobs/job.js';
import { addingJob } from '../jobs/job-statement.js';
import { Jobs } from '../jobs/jobs.js';
import type { Changes, DomainEvent } from './domain-event.js';
import { Events } from './events.js';

/** An event as a job keeps it. `id` is the same however often the job is done. */
export interface FollowedEvent {
  id: string;
  name: string;
  target: { type: string; id: string };
  conversationId: string | null;
  changes: Changes;
  /** ISO 8601. */
  occurredAt: string;
}

/** Something that must hear of events for sure: not only while this process lives. */
export interface Follower {
  readonly name: string;
  /** Whether an event concerns it at all; absent: every event does. Asked for every event, so it must be cheap. */
  concerns?(event: DomainEvent): boolean;
  /** Whether anything of the bound organization wants to hear. Remembered for two seconds, or until `forget`. */
  isWanted(): Promise<boolean>;
  /** In a job, inside the organization. May come twice for one event. */
  follow(event: FollowedEvent): Promise<void>;
}

/** Tells followers of events through a job that commits with the change; where nobody wants to hear there is no job. */
@Injectable()
export class Followers implements OnModuleInit {
  private readonly all: Follower[] = [];
  private readonly wanted = new StandingCache<boolean>();

  constructor(
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.events.recordAll((event) => this.record(event));
    this.jobs.handle('follow', (payload) => this.tell(payload as unknown as FollowedEvent)); // As `jobFor` wrote it.
  }

  register(follower: Follower): void {
    this.all.push(follower);
  }

  /** To be called where what `isWanted` answers may have changed. */
  forget(): void {
    this.wanted.clear();
  }

  /** What has to travel with the statement that brings the event about, for those who keep no transaction open. */
  async companionsOf(event: DomainEvent): Promise<Companion[]> {
    const isHeard = await this.isHeard(event);
    return isHeard ? [addingJob('follow', followed(event))] : [];
  }

  private async record(event: DomainEvent): Promise<void> {
    if (await this.isHeard(event)) await this.jobs.add('follow', followed(event));
  }

  private async isHeard(event: DomainEvent): Promise<boolean> {
    if (event.target.id === null) return false;
    for (const follower of this.all)
      if (follower.concerns?.(event) !== false && (await this.isWantedBy(follower))) return true;
    return false;
  }

  private async isWantedBy(follower: Follower): Promise<boolean> {
    const key = `${OrgContext.orgId} ${follower.name}`;
    // Whoever holds a connection must not wait for somebody who may be waiting for one.
    const load = () => follower.isWanted();
    const isWanted = Transaction.current ? this.wanted.getAlone(key, load) : this.wanted.get(key, load);
    return (await isWanted) ?? false;
  }

  /** Each hears of it, whatever becomes of the others; where one fails all are told again. */
  private async tell(event: FollowedEvent): Promise<void> {
    const told = await Promise.allSettled(this.all.map((follower) => this.tellOne(follower, event)));
    for (const outcome of told) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private async tellOne(follower: Follower, event: FollowedEvent): Promise<void> {
    if (await follower.isWanted()) await follower.follow(event);
  }
}

function followed(event: DomainEvent): JsonObject {
  const { name, target, changes } = event;
  return {
    id: event.eventId ?? uuidv7(),
    name,
    target: { type: target.type, id: target.id },
    conversationId: event.conversationId ?? null,
    changes: changes as unknown as Json, // Fields of rows, which are JSON.
    occurredAt: new Date().toISOString(),
  };
}
