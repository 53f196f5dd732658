import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LocalServer } from '../../../test/support/local-server.js';
import { requestContext, endRequest, startTracing } from './tracing.js';

const VARIABLES = ['OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_EXPORTER_OTLP_HEADERS'];

/** What a collector is sent for one request. */
async function exported(): Promise<{ body: string; headers: object }> {
  let [body, headers]: [string, object] = ['', {}];
  const collector = await LocalServer.start((request, response) => {
    headers = request.headers;
    void text(request).then((sent) => {
      body = sent;
      response.end('{}');
    });
  });
  const stop = startTracing(`${collector.url}/`);
  endRequest(requestContext('GET', {}), 'GET /conversations', 200, {});
  await stop();
  await collector.stop();
  return { body, headers };
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
