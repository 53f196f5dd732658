import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { faultsOf } from './burst-check.js';
import { SETTLE_MS } from './load.js';
import { signedWebhook } from './operations.js';
import type { HttpRequest } from './operations.js';
import type { Page } from './pages.js';
import { processorTime } from './processor-time.js';
import { progress } from './progress.js';
import type { ServerProcess } from './server-process.js';

/** What a customer wrote, and when in milliseconds. */
export interface BurstEvent extends Pick<Page, 'oaId'> {
  customer: string;
  mid: string;
  at: number;
}

/** Processor time in microseconds per event. */
export interface BurstSample {
  throughput: number;
  node: number;
  postgres: number;
}

export interface BurstOptions {
  ownerUrl: string;
  server: ServerProcess;
  pages: Page[];
  events: number;
  connections: number;
  rounds: number;
  postmaster: number;
}

/** So many messages a customer writes in a row: the first opens the conversation while the next are on their way as well. */
const IN_A_ROW = 5;
/** Providers repeat what they are not sure of: one event in so many. */
const ONE_IN_REPEATED = 10;

/** Every round brings new customers. `faults`: what is not stored as it should be, as sentences. */
export async function burst(options: BurstOptions): Promise<{ samples: BurstSample[]; faults: string[] }> {
  const samples: BurstSample[] = [];
  const faults: string[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    progress(`Burst ${round} of ${options.rounds}: ${options.events} events, ${options.connections} at a time`);
    const events = eventsOf(options);
    samples.push(await fire(events, options));
    faults.push(...(await faultsOf(events, options.ownerUrl)));
  }
  return { samples, faults };
}

async function fire(events: BurstEvent[], { server, connections, postmaster }: BurstOptions): Promise<BurstSample> {
  const requests = events.flatMap((event, at) => Array<HttpRequest>(repeats(at)).fill(webhookOf(event)));
  const before = processorTime(server.pid, postmaster);
  const started = performance.now();
  await post(server.url, requests, connections);
  const seconds = (performance.now() - started) / 1_000;
  await delay(SETTLE_MS);
  const after = processorTime(server.pid, postmaster);
  const perEvent = (ms: number) => (ms * 1_000) / events.length;
  return {
    throughput: events.length / seconds,
    node: perEvent(after.node - before.node),
    postgres: perEvent(after.postgres - before.postgres),
  };
}

/** Throws where an event is not answered with 200: a provider would send it again, and nothing says that it was kept. */
async function post(url: string, requests: HttpRequest[], connections: number): Promise<void> {
  const dispatcher = new Agent({ connections });
  const waiting = requests.values(); // All senders take from it.
  const sender = async () => {
    for (const { path, ...options } of waiting) {
      const answer = await request(`${url}${path}`, { ...options, dispatcher });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`An event of the burst was answered with ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, sender)).finally(() => dispatcher.close());
}

function eventsOf({ events, pages }: BurstOptions): BurstEvent[] {
  const from = Date.now() - events;
  const run = randomUUID();
  return Array.from({ length: events }, (_, at) => {
    const conversation = Math.floor(at / IN_A_ROW);
    const oaId = pages[conversation % pages.length]?.oaId ?? '';
    return { oaId, customer: `burst-${run}-${conversation}`, mid: `m_${run}_${at}`, at: from + at };
  });
}

function repeats(at: number): number {
  return at % ONE_IN_REPEATED === 0 ? 2 : 1;
}

function webhookOf({ oaId, customer, mid, at }: BurstEvent): HttpRequest {
  return signedWebhook({ page: oaId, customer, mid, at, text: `This is ${mid}` });
}
