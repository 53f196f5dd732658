import { setFlagsFromString } from 'node:v8';
import { Config } from './platform/config/config.js';
import { logger } from './platform/logging/logger.js';
import { startServer, startWorker } from './server.js';
import type { Server } from './server.js';

const SHUTDOWN_LIMIT_MS = 25_000;

/** Runs the server until a signal: what a person at a terminal, a container or a service manager starts. */
export async function runServer(): Promise<void> {
  keepShortLivedRowsYoung();
  try {
    const starting = startServer(Config.load(), print);
    stopOnSignals(starting);
    welcome(await starting);
  } catch (error) {
    fail(error);
  }
}

/** Works on jobs until a signal: `polydesk worker`. */
export async function runWorker(): Promise<void> {
  try {
    const starting = startWorker(Config.load(), print).then((stop) => ({ stop }));
    stopOnSignals(starting);
    await starting;
    print('Working on jobs');
  } catch (error) {
    fail(error);
  }
}

/** The sentence of an error that a person can act on; all of it for one that nobody foresaw. */
export function explain(error: unknown): void {
  const isForeseen = error instanceof Error && error.name !== 'Error' && error.name !== 'TypeError';
  process.stderr.write(`${isForeseen ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * V8 takes rows, since some have outlived a request or two, for objects that live long, and puts them where only a full
 * collection finds them again, with all their text: a tenth of a list's processor time. docs/decisions/004 has the figures.
 */
function keepShortLivedRowsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

function welcome({ url, demo }: Server): void {
  const address = url.replace('0.0.0.0', 'localhost').replace('[::]', 'localhost').replace('127.0.0.1', 'localhost');
  print(`\nPolydesk is listening on ${address}\nIts API is described on  ${address}/docs\n`);
  demo.forEach(print);
}

/** The first signal finishes what is in flight, a start included; a second one, or too long a wait, ends at once. */
function stopOnSignals(starting: Promise<Pick<Server, 'stop'>>): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info(`${signal}: finishing what is in flight`);
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
    void starting.then((server) => server.stop()).then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(error: unknown): never {
  explain(error);
  process.exit(1);
}
