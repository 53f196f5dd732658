import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { LocalServer } from './local-server.js';

interface Kept {
  bytes: Buffer;
  contentType: string;
  at: Date;
}

/** Speaks as S3 does, as far as files are put, got, listed and deleted; buckets are in the path. Keeps everything in memory. */
export class S3Stub {
  /** By bucket and key: `files/media/…`. */
  readonly objects = new Map<string, Kept>();
  /** Names of the requests that came: `PUT files/media/…`. */
  readonly requests: string[] = [];
  /** While it is true every answer is 503. */
  isAway = false;

  private constructor(private readonly server: LocalServer) {}

  static async start(): Promise<S3Stub> {
    const stub = new S3Stub(await LocalServer.start((request, response) => void stub.answer(request, response)));
    return stub;
  }

  get url(): string {
    return this.server.url;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const name = decodeURIComponent(pathname.slice(1));
    this.requests.push(`${request.method} ${name}`);
    const body = await buffer(request);
    if (this.isAway) return refuse(response, 503, 'ServiceUnavailable');
    if (!/^AWS4-HMAC-SHA256 Credential=/.test(request.headers.authorization ?? ''))
      return refuse(response, 403, 'AccessDenied');
    if (request.method === 'PUT') return this.put(name, body, request, response);
    if (request.method === 'DELETE') return this.remove(name, response);
    if (searchParams.has('list-type')) return this.list(name, searchParams, response);
    return this.get(name, request.headers.range, response);
  }

  private put(name: string, bytes: Buffer, { headers }: IncomingMessage, response: ServerResponse): void {
    this.objects.set(name, { bytes, contentType: headers['content-type'] ?? '', at: new Date() });
    response.writeHead(200, { etag: '"stub"' }).end();
  }

  private remove(name: string, response: ServerResponse): void {
    this.objects.delete(name);
    response.writeHead(204).end();
  }

  private get(name: string, range: string | undefined, response: ServerResponse): void {
    const object = this.objects.get(name);
    if (!object) return refuse(response, 404, 'NoSuchKey');
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (first === undefined) {
      response.writeHead(200, { 'content-type': object.contentType, 'content-length': object.bytes.length });
      response.end(object.bytes);
      return;
    }
    const part = object.bytes.subarray(Number(first), Number(last) + 1);
    const contentRange = `bytes ${first}-${last}/${object.bytes.length}`;
    response.writeHead(206, { 'content-length': part.length, 'content-range': contentRange }).end(part);
  }

  /** Two at a time, so that whoever lists has to come again. */
  private list(bucket: string, query: URLSearchParams, response: ServerResponse): void {
    const prefix = `${bucket.replace(/\/$/, '')}/${query.get('prefix') ?? ''}`;
    const names = [...this.objects.keys()].filter((name) => name.startsWith(prefix)).sort();
    const from = Number(query.get('continuation-token') ?? 0);
    const contents = names.slice(from, from + 2).map((name) => {
      const key = name.slice(name.indexOf('/') + 1);
      return `<Contents><Key>${key}</Key><LastModified>${this.objects.get(name)?.at.toISOString()}</LastModified></Contents>`;
    });
    const isMore = from + 2 < names.length;
    const next = isMore ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : '';
    const parts = `<IsTruncated>${isMore}</IsTruncated>${next}${contents.join('')}`;
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>${parts}</ListBucketResult>`);
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
