import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { logger } from '../src/platform/logging/logger.js';
import { startTracing } from '../src/platform/tracing/tracing.js';
import { LocalServer } from './support/local-server.js';
import { catchLogLines } from './support/log-lines.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

interface Exported {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const lines = catchLogLines();

/** A collector as OpenTelemetry's own: OTLP over HTTP, in JSON. */
class Collector {
  readonly spans: Span[] = [];

  private constructor(private readonly server: LocalServer) {}

  static async start(): Promise<Collector> {
    const collector = new Collector(
      await LocalServer.start((request, response) => void collector.take(request, response)),
    );
    return collector;
  }

  get url(): string {
    return this.server.url;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await json(request);
    if (request.url === '/v1/traces') this.keep(body as Exported); // As OTLP has it; the test looks at what it holds.
    response.setHeader('content-type', 'application/json').end('{}');
  }

  private keep({ resourceSpans }: Exported): void {
    this.spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
  }
}

describe('Traces', () => {
  let collector: Collector;
  let stopTracing: () => Promise<void>;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    collector = await Collector.start();
    stopTracing = startTracing(collector.url);
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => collector.stop());

  it('have a span for each request and each statement, under the trace of the caller', async () => {
    const { id } = await acme.conversation();
    const traced = { traceparent: `00-${TRACE}-${PARENT}-01` };
    await acme.get(`/conversations?search=a-secret-word`).set(traced).expect(200);
    await acme.post(`/conversations/${id}/messages`, { text: 'a-secret-text' }).set(traced).expect(202);
    await rival.get(`/conversations/${id}`).set(traced).expect(404);
    const requestLines = lines.filter(({ msg, traceId }) => msg === 'request' && traceId === TRACE);
    expect(requestLines.map(({ route, orgId }) => [route, orgId])).toEqual([
      ['/conversations', acme.id],
      ['/conversations/:id/messages', acme.id],
      ['/conversations/:id', rival.id],
    ]);
    await world.stop();
    await stopTracing();
    const spans = collector.spans.filter(({ traceId }) => traceId === TRACE);
    const requests = spans.filter(({ parentSpanId }) => parentSpanId === PARENT);
    expect(requests.map(({ name }) => name)).toEqual([
      'GET /conversations',
      'POST /conversations/:id/messages',
      'GET /conversations/:id',
    ]);
    const attributes = requests.map((span) =>
      Object.fromEntries(span.attributes.map(({ key, value }) => [key, value])),
    );
    expect(attributes).toMatchObject([
      { 'http.route': { stringValue: '/conversations' }, 'http.response.status_code': { intValue: 200 } },
      { orgId: { stringValue: acme.id }, 'http.response.status_code': { intValue: 202 } },
      { orgId: { stringValue: rival.id }, 'http.response.status_code': { intValue: 404 } },
    ]);
    for (const { spanId } of requests) {
      const statements = spans.filter(({ parentSpanId }) => parentSpanId === spanId);
      expect(statements.map(({ name }) => name)).toContain(spanId === requests[1]?.spanId ? 'WITH' : 'SELECT');
    }
    expect(spans.some(({ attributes: found }) => found.some(({ key }) => key === 'db.query.text'))).toBe(true);
    expect(JSON.stringify(collector.spans)).not.toContain('a-secret');
    expect(JSON.stringify(collector.spans)).not.toContain(id);
  });

  it('are not made, and not in the log, where no collector is named', async () => {
    const before = collector.spans.length;
    const stop = startTracing('');
    const quiet = await World.start();
    logger.level = 'info'; // Which starting has silenced.
    const organization = await quiet.organization();
    await organization
      .get('/conversations')
      .set({ traceparent: `00-${TRACE}-${PARENT}-01` })
      .expect(200);
    await quiet.stop();
    await stop();
    expect(collector.spans).toHaveLength(before);
    expect(lines.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(0);
    expect(lines.filter((line) => 'traceId' in line)).toEqual([]);
  });
});
