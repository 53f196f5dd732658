import { Injectable } from '@nestjs/common';
import { Transaction } from '../database/transaction.js';
import { logger } from '../logging/logger.js';
import type { AuditEntry } from './audit-entry.js';
import type { DomainEvent } from './domain-event.js';

type EventClass<T extends DomainEvent> = abstract new (...args: never[]) => T;
type Recorder = (event: DomainEvent) => void | Promise<void>;

/** Tells listeners what happened: recorders inside the transaction, everybody else once it has committed. */
@Injectable()
export class Events {
  private readonly recorders: Recorder[] = [];
  private readonly listeners: ((event: DomainEvent) => void)[] = [];

  /** Must run in the transaction of the change, so that the change and its record commit together. */
  async publish(event: DomainEvent): Promise<void> {
    const transaction = Transaction.current;
    if (!transaction) throw new Error(`${event.name} must be published inside Database.transaction()`);
    for (const record of this.recorders) await record(event);
    transaction.afterCommit(() => this.tell(event));
  }

  /** Tells of what one statement has kept already: the change, and where it is audited its record, which the caller shows. */
  announce(event: DomainEvent, record: AuditEntry | null = null): void {
    if (event.isAudited && !record) throw new Error(`${event.name} must be published inside Database.transaction()`);
    Transaction.onCommit(() => this.tell(event));
  }

  /** Takes part in the transaction of every change: what `recorder` writes commits with it, what it throws undoes it. */
  recordAll(recorder: Recorder): void {
    this.recorders.push(recorder);
  }

  /** Hears of events of a class once they have committed. An error of a listener is logged: the change stands. */
  on<T extends DomainEvent>(type: EventClass<T>, listener: (event: T) => void | Promise<void>): void {
    this.listeners.push((event) => {
      if (event instanceof type) void this.hear(event, listener);
    });
  }

  private async hear<T extends DomainEvent>(event: T, listener: (event: T) => void | Promise<void>): Promise<void> {
    try {
      await listener(event);
    } catch (error) {
      logger.error({ err: error }, `A listener of ${event.name} failed`);
    }
  }

  private tell(event: DomainEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
