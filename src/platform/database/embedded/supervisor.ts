import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { Acquisition, type AcquisitionOptions } from './acquisition.js';
import { messageOf } from './embedded-postgres-error.js';
import { terminate } from './postmaster.js';

const LONGEST_BACKOFF_MS = 5_000;

/** Keeps PostgreSQL running on a cluster: whenever it dies, it is started again on the same port. */
export class Supervisor {
  /** The connection that proves our ownership; its end means that PostgreSQL is gone. */
  private owner: Client | undefined;
  private recovery: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly options: AcquisitionOptions,
    private readonly acquisition: Acquisition,
    private readonly abort: AbortController,
  ) {}

  static async create(options: AcquisitionOptions): Promise<Supervisor> {
    const abort = new AbortController();
    return new Supervisor(options, await Acquisition.prepare(options, abort.signal), abort);
  }

  /** The TCP port of 127.0.0.1; final once {@link start} has resolved. */
  get port(): number {
    return this.acquisition.port;
  }

  get pid(): number | undefined {
    return this.acquisition.postmaster?.pid;
  }

  /**
   * Starts PostgreSQL and makes this process its owner.
   * @returns the owner's connection, to database `postgres`
   * @throws EmbeddedPostgresError when another process owns the cluster, or PostgreSQL does not start
   */
  async start(): Promise<Client> {
    const owner = await this.acquisition.acquire();
    this.owner = owner;
    owner.once('end', () => {
      if (!this.abort.signal.aborted) this.recovery = this.recover();
    });
    return owner;
  }

  /** Ends all sessions and PostgreSQL itself; resolves when it is gone. */
  stop(): Promise<void> {
    return (this.stopping ??= this.shutDown());
  }

  private async recover(): Promise<void> {
    this.options.log('The connection to PostgreSQL was lost; restoring it.');
    for (let backoff = 100; !this.abort.signal.aborted; backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS)) {
      if (await this.restart()) return;
      await delay(backoff, undefined, { signal: this.abort.signal }).catch(() => undefined);
    }
  }

  private async restart(): Promise<boolean> {
    try {
      await this.start();
      this.options.log('PostgreSQL is back.');
      return true;
    } catch (error) {
      if (!this.abort.signal.aborted) this.options.log(messageOf(error));
      return false;
    }
  }

  private async shutDown(): Promise<void> {
    this.abort.abort();
    await this.recovery;
    const { postmaster } = this.acquisition;
    if (postmaster?.running && postmaster.pid !== undefined) await terminate(postmaster.pid, this.options);
    await this.owner?.end();
  }
}
