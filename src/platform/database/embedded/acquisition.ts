import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { freePort } from './free-port.js';
import { claimOwnership } from './ownership.js';
import { findPostmaster, type RunningPostmaster } from './postmaster-file.js';
import { Postmaster, terminate, type PostmasterOptions } from './postmaster.js';
import { inUse, notReady, notStarted, portTaken } from './problems.js';

/** What is needed to come into possession of a running PostgreSQL. */
export interface AcquisitionOptions extends PostmasterOptions {
  password: string;
  /** TCP port; a free one is chosen when undefined. */
  port: number | undefined;
  log: (line: string) => void;
}

const POLL_MS = 20;
/** How long remains of a dead server (processes, shared memory) may hinder a new one. */
const REMAINS_MS = 30_000;
/** How long to wait for PostgreSQL, which may have to recover from a crash first. */
const READY_MS = 300_000;
/** After how long a wait to say so. */
const NOTICE_MS = 5_000;
/** A server that has just been started by another process is left to that process for so long. */
const INFANCY_MS = 2_000;
/** How long the lock of a killed process may take to vanish. */
const LOCK_LINGERS_MS = 1_000;

const REMAINS = /pre-existing shared memory block|lock file "postmaster\.pid" (already exists|is empty)/;
const PORT_TAKEN = /could not bind|could not create any TCP\/IP sockets/;

/**
 * Gets hold of a cluster: a postmaster that this process has started, and the lock that makes this process its owner.
 * Any number of processes may try at the same time. PostgreSQL lets one postmaster run on a directory, and one
 * connection hold the lock; whoever has both has won, and the others look at the new situation from the beginning.
 */
export class Acquisition {
  /** The postmaster that was started last, whether or not it still runs. */
  postmaster: Postmaster | undefined;
  /** The postmaster that was acquired last; its end is not a failed start. */
  private proven: Postmaster | undefined;
  private firstFailure: number | undefined;
  private heldSince: number | undefined;

  private constructor(
    private readonly options: AcquisitionOptions,
    private currentPort: number,
    private readonly signal: AbortSignal,
  ) {}

  /** `signal` ends a wait in {@link acquire}, which then throws an AbortError. */
  static async prepare(options: AcquisitionOptions, signal: AbortSignal): Promise<Acquisition> {
    return new Acquisition(options, options.port ?? (await freePort()), signal);
  }

  /** The TCP port of 127.0.0.1; final after the first {@link acquire}. */
  get port(): number {
    return this.currentPort;
  }

  /**
   * Starts PostgreSQL unless it runs, and makes this process its owner.
   * @returns the owner's connection, to database `postgres`, with whose end the ownership ends
   * @throws EmbeddedPostgresError when another process owns the cluster, or PostgreSQL does not start
   */
  async acquire(): Promise<Client> {
    this.firstFailure = this.heldSince = undefined;
    const notice = setTimeout(() => this.options.log(notReady(this.options.directory, NOTICE_MS)), NOTICE_MS);
    try {
      return await this.untilOwned(Date.now() + READY_MS);
    } finally {
      clearTimeout(notice);
    }
  }

  private async untilOwned(deadline: number): Promise<Client> {
    while (Date.now() < deadline) {
      const owner = await this.step();
      if (owner) return owner;
      await delay(POLL_MS, undefined, { signal: this.signal });
    }
    throw new EmbeddedPostgresError(notReady(this.options.directory, READY_MS));
  }

  /** Does what the situation calls for. Returns the owner's connection when there is no more to do. */
  private async step(): Promise<Client | undefined> {
    const running = await findPostmaster(this.options.directory);
    if (!running) return this.ensureLaunched();
    const ours = running.pid === this.postmaster?.pid;
    if (!running.ready || running.port === undefined || (!ours && running.age < INFANCY_MS)) return undefined;
    const claim = await claimOwnership(running.port, this.options.password);
    if (claim === 'unreachable') return undefined;
    if (claim === 'held') return this.standBack(running);
    return ours ? this.keep(claim) : this.replace(running, claim);
  }

  private async ensureLaunched(): Promise<undefined> {
    if (this.postmaster?.running) return;
    const failed = this.postmaster === this.proven ? undefined : this.postmaster;
    this.postmaster = undefined;
    if (failed) await this.review(await failed.report());
    this.postmaster = await Postmaster.launch(this.options, this.port);
  }

  /** Decides by a failed postmaster's last words whether another attempt makes sense, and throws if not. */
  private async review(report: string): Promise<void> {
    this.firstFailure ??= Date.now();
    const patient = Date.now() - this.firstFailure < REMAINS_MS;
    // A port that has been told to others must not change any more.
    const mayMove = this.options.port === undefined && this.proven === undefined;
    if (patient && mayMove && PORT_TAKEN.test(report)) this.currentPort = await freePort();
    else if (patient && REMAINS.test(report)) await delay(200, undefined, { signal: this.signal });
    else throw PORT_TAKEN.test(report) ? portTaken(this.port) : notStarted(report);
  }

  private standBack({ pid }: RunningPostmaster): undefined {
    this.heldSince ??= Date.now();
    if (Date.now() - this.heldSince < LOCK_LINGERS_MS) return;
    throw inUse(this.options.directory, pid);
  }

  private keep(owner: Client): Client {
    this.proven = this.postmaster;
    return owner;
  }

  /**
   * Stops the postmaster that a killed server has left behind. It could be used as it is, but may run with other
   * settings, on another port, or from programs that have since been updated.
   */
  private async replace({ pid }: RunningPostmaster, owner: Client): Promise<undefined> {
    this.options.log(`Stopping the PostgreSQL (pid ${pid}) that a killed server has left running.`);
    await terminate(pid, this.options);
    await owner.end();
  }
}
