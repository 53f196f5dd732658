import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { HttpRequest, Operation } from './operations.js';
import { processorTime } from './processor-time.js';
import type { Place } from './scene.js';
import type { ServerProcess } from './server-process.js';

/** One server under one operation for a number of requests. Latencies in milliseconds, processor time in microseconds per request. */
export interface Sample {
  throughput: number;
  p50: number;
  p99: number;
  node: number;
  postgres: number;
}

export interface Load {
  server: ServerProcess;
  operation: Operation;
  places: Place[];
  postmaster: number;
  requests: number;
  connections: number;
}

/** What a server does after its last answer is its cost as well. In milliseconds. */
export const SETTLE_MS = 200;

/** Throws where an answer is not the operation's: what is fast and wrong is not measured. */
export async function measure({ server, operation, places, postmaster, requests, connections }: Load): Promise<Sample> {
  const before = processorTime(server.pid, postmaster);
  const latencies: number[] = [];
  const wrong = new Map<number, number>();
  const started = performance.now();
  let lastAnswer = started; // autocannon itself ends at full seconds only.
  await shoot({ url: server.url, connections, requests, next: rotating(operation, places) }, (status, ms) => {
    latencies.push(ms);
    lastAnswer = performance.now();
    if (status !== operation.status) wrong.set(status, (wrong.get(status) ?? 0) + 1);
  });
  await delay(SETTLE_MS);
  const after = processorTime(server.pid, postmaster);
  if (wrong.size > 0 || latencies.length === 0)
    throw new Error(`${server.name} answered "${operation.name}" with ${JSON.stringify(Object.fromEntries(wrong))}`);
  const sorted = Float64Array.from(latencies).sort();
  const perRequest = (ms: number) => (ms * 1_000) / latencies.length;
  return {
    throughput: (latencies.length * 1_000) / (lastAnswer - started),
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    node: perRequest(after.node - before.node),
    postgres: perRequest(after.postgres - before.postgres),
  };
}

interface Volley {
  url: string;
  connections: number;
  requests: number;
  next: () => HttpRequest;
}

function shoot(
  { url, connections, requests: amount, next }: Volley,
  heard: (status: number, ms: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { url, connections, amount, requests: [{ setupRequest: () => next() }] };
    const shooting = autocannon(options, (error: unknown, { errors }) => {
      if (error instanceof Error) reject(error);
      else if (errors > 0) reject(new Error(`${errors} requests to ${url} failed on the way`));
      else resolve();
    });
    shooting.on('response', (_client, status, _bytes, ms) => heard(status, ms));
  });
}

function rotating({ request }: Operation, places: Place[]): () => HttpRequest {
  let turn = 0;
  return () => {
    const place = places[turn++ % places.length];
    if (!place) throw new Error('There is nothing to ask for: the database is empty');
    return request(place);
  };
}

function quantile(sorted: Float64Array, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
