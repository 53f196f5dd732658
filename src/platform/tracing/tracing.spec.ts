import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { requestContext, endRequest, startTracing } from './tracing.js';

const VARIABLES = ['OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_EXPORTER_OTLP_HEADERS'];

/** What a collector is sent for one request. */
async function exported(): Promise<{ body: string; headers: object }> {
  const collector = createServer();
  const asked = once(collector.listen(0, '127.0.0.1'), 'request');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo; // It listens on TCP.
  const stop = startTracing(`http://127.0.0.1:${port}/`);
  endRequest(requestContext('GET', {}), 'GET /conversations', 200, {});
  const stopped = stop();
  const [request, response] = await asked;
  const body = await text(request);
  response.end('{}');
  await stopped;
  collector.closeAllConnections();
  collector.close();
  return { body, headers: request.headers };
}

describe('What a collector is told of the process', () => {
  afterEach(() => VARIABLES.forEach((name) => delete process.env[name]));

  const attribute = (key: string, value: string) => JSON.stringify({ key, value: { stringValue: value } });

  it('is its name', async () => {
    const { body } = await exported();
    expect(body).toContain(attribute('service.name', 'polydesk'));
    expect(body).toContain('GET /conversations');
  });

  it("is what OpenTelemetry's own variables say, where they say something", async () => {
    process.env['OTEL_SERVICE_NAME'] = 'inbox';
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=staging';
    process.env['OTEL_EXPORTER_OTLP_HEADERS'] = 'authorization=Basic%20abc';
    const { body, headers } = await exported();
    expect(body).toContain(attribute('service.name', 'inbox'));
    expect(body).toContain(attribute('deployment.environment.name', 'staging'));
    expect(headers).toMatchObject({ authorization: 'Basic abc' });
  });
});
