import { SpanKind, SpanStatusCode, context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Attributes, Context, Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { codeOf } from '../errors/thrown.js';

/** OpenTelemetry's own variable, and not one of ours: base URL of a collector that takes OTLP over HTTP. Absent: no traces. */
const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';

/** Null while nobody collects: then nothing here costs more than a look at it. */
let tracer: Tracer | null = null;

/** Begins to send traces, where a collector is named. Returns what sends the last ones and ends it. */
export function startTracing(endpoint = process.env[ENDPOINT]): () => Promise<void> {
  if (!endpoint) return () => Promise.resolve();
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'polydesk' }).merge(namedByTheEnvironment()),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  tracer = provider.getTracer('polydesk');
  return async () => {
    tracer = null;
    await provider.shutdown();
    for (const global of [trace, context, propagation]) global.disable();
  };
}

/** What `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say of this process. */
function namedByTheEnvironment(): Resource {
  return detectResources({ detectors: [envDetector] });
}

export function isTracing(): boolean {
  return tracer !== null;
}

/** The context of a request's span, under the caller's trace where its headers name one (W3C `traceparent`). */
export function requestContext(method: string, headers: object): Context {
  const caller = propagation.extract(ROOT_CONTEXT, headers);
  const span = tracer?.startSpan(method, { kind: SpanKind.SERVER }, caller);
  return span ? trace.setSpan(caller, span) : caller;
}

/** Runs `work` so that spans and log lines of it belong to the span of `spanContext`. */
export function inContext(spanContext: Context, work: () => void): void {
  context.with(spanContext, work);
}

export function endRequest(spanContext: Context, name: string, status: number, attributes: Attributes): void {
  const span = trace.getSpan(spanContext);
  if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
  span
    ?.updateName(name)
    .setAttributes({ ...attributes, 'http.response.status_code': status })
    .end();
}

/** A span around a database statement: its text, which has places for values and never the values. */
export function tracedStatement<T>(text: string, send: () => Promise<T>): Promise<T> {
  if (tracer === null) return send();
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text };
  return tracer.startActiveSpan(operationOf(text), { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      return await send();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', codeOf(error) ?? 'unknown');
      throw error;
    } finally {
      span.end();
    }
  });
}

/** What a log line says of the trace it belongs to. */
export function traceFields(): Record<string, string> {
  const span = tracer === null ? undefined : trace.getActiveSpan();
  return span ? { traceId: span.spanContext().traceId, spanId: span.spanContext().spanId } : {};
}

/** `SELECT`, `INSERT`: the first word. */
function operationOf(text: string): string {
  return /\w+/.exec(text)?.[0].toUpperCase() ?? 'statement';
}
