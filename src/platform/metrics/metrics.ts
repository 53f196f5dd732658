import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** A pool of connections, as far as it is watched. */
export interface WatchedPool {
  name: string;
  totalCount: number;
  idleCount: number;
  waitingCount: number;
}

/**
 * What this process tells Prometheus. No series names an organization, a user or an address, so their number depends on our
 * routes alone, whoever comes; the log lines have the organization.
 */
const registry = new Registry();
collectDefaultMetrics({ register: registry });
const pools = new Set<WatchedPool>();

const requests = new Counter({
  name: 'polydesk_http_requests_total',
  help: 'Requests that were answered',
  labelNames: ['method', 'route', 'status'] as const,
  registers: [registry],
});
const durations = new Histogram({
  name: 'polydesk_http_request_duration_seconds',
  help: 'From the first byte of a request to the last of its answer',
  labelNames: ['method', 'route'] as const,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  registers: [registry],
});
const statements = new Histogram({
  name: 'polydesk_database_statement_duration_seconds',
  help: 'From sending a statement to the last row of its answer; waiting for a connection not counted',
  buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 10],
  registers: [registry],
});
const refusals = new Counter({
  name: 'polydesk_refused_authorizations_total',
  help: 'Requests refused for who was calling, by the error code of the answer',
  labelNames: ['reason'] as const,
  registers: [registry],
});
const limited = new Counter({
  name: 'polydesk_rate_limited_total',
  help: 'Requests refused for their number, by the limit that was reached',
  labelNames: ['limit'] as const,
  registers: [registry],
});
const inbound = new Counter({
  name: 'polydesk_inbound_events_total',
  help: 'Events of providers: kept (also those that came before), unrouted (nobody has connected the page), failed (sent again by the provider)',
  labelNames: ['platform', 'outcome'] as const,
  registers: [registry],
});
const outbound = new Counter({
  name: 'polydesk_outbound_messages_total',
  help: 'Attempts to send a message, by how they ended; retried, throttled and unanswered ones are not the end of it',
  labelNames: ['platform', 'outcome'] as const,
  registers: [registry],
});
const jobs = new Histogram({
  name: 'polydesk_job_duration_seconds',
  help: 'Work on jobs, by task and outcome; a failed one is tried again',
  labelNames: ['task', 'outcome'] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
  registers: [registry],
});
const sockets = new Gauge({
  name: 'polydesk_sockets',
  help: 'Connected sockets of callers who were let in',
  registers: [registry],
});
new Gauge({
  name: 'polydesk_database_pool_connections',
  help: 'Connections by pool and state; waiting: work that waits for one',
  labelNames: ['pool', 'state'] as const,
  registers: [registry],
  collect() {
    this.reset();
    for (const { name, totalCount, idleCount, waitingCount } of pools) {
      this.inc({ pool: name, state: 'total' }, totalCount);
      this.inc({ pool: name, state: 'idle' }, idleCount);
      this.inc({ pool: name, state: 'waiting' }, waitingCount);
    }
  },
});

interface RequestSeries {
  count: Counter.Internal;
  duration: Histogram.Internal<'method' | 'route'>;
}

/** To find a series by its labels takes longer than to add to it. There are as many as routes, methods and statuses. */
const requestSeries = new Map<string, RequestSeries>();

function seriesOf(method: string, route: string, status: number): RequestSeries {
  const key = `${method} ${route} ${status}`;
  const known = requestSeries.get(key);
  if (known) return known;
  const series = { count: requests.labels({ method, route, status }), duration: durations.labels({ method, route }) };
  requestSeries.set(key, series);
  return series;
}

export type InboundOutcome = 'kept' | 'unrouted' | 'failed';
export type OutboundOutcome = 'sent' | 'failed' | 'unconfirmed' | 'retried' | 'throttled' | 'unanswered';
export type LimitKind = 'organization' | 'caller' | 'sign_in';

export const metrics = {
  contentType: registry.contentType,

  /** Everything, in Prometheus's text format. */
  text: (): Promise<string> => registry.metrics(),

  /** `route` is the pattern, never the path: the path has ids. */
  countRequest(method: string, route: string, status: number, seconds: number): void {
    const { count, duration } = seriesOf(method, route, status);
    count.inc();
    duration.observe(seconds);
  },

  countStatement(seconds: number): void {
    statements.observe(seconds);
  },

  countRefusal(reason: string): void {
    refusals.inc({ reason });
  },

  countLimited(limit: LimitKind): void {
    limited.inc({ limit });
  },

  countInbound(platform: string, outcome: InboundOutcome, events: number): void {
    inbound.inc({ platform, outcome }, events);
  },

  countOutbound(platform: string, outcome: OutboundOutcome): void {
    outbound.inc({ platform, outcome });
  },

  countJob(task: string, outcome: 'done' | 'failed', seconds: number): void {
    jobs.observe({ task, outcome }, seconds);
  },

  /** One more, or one less. */
  countSocket(difference: 1 | -1): void {
    sockets.inc(difference);
  },

  watchPool(pool: WatchedPool): void {
    pools.add(pool);
  },

  forgetPool(pool: WatchedPool): void {
    pools.delete(pool);
  },
};
