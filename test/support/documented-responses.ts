import request from 'supertest';
import { ApiDocument } from './api-document.js';
import type { Exchange, OpenApi } from './api-document.js';

const documents = new Map<string, ApiDocument>();

/** From now on every answer of this server that a test gets has to be as the server's own OpenAPI document says. */
export async function holdToOwnDocument(url: string): Promise<ApiDocument> {
  const response = await fetch(`${url}/openapi.json`);
  return holdTo(url, (await response.json()) as OpenApi);
}

export function holdTo(url: string, document: OpenApi): ApiDocument {
  const judge = new ApiDocument(document);
  documents.set(new URL(url).origin, judge);
  return judge;
}

/** What a server's document does not say of its answer; empty where it says all, or no test has asked for it. */
export function undocumented(url: string, answer: Omit<Exchange, 'path'>): string[] {
  const { origin, pathname } = new URL(url);
  return documents.get(origin)?.faultsOf({ ...answer, path: pathname }) ?? [];
}

const send = request.Test.prototype.end;

/** What sends a supertest request, also where it is awaited. */
request.Test.prototype.end = function (callback) {
  const { method, url } = this;
  this.expect((response) => refuseUndocumented(method, url, response));
  return send.call(this, callback);
};

function refuseUndocumented(method: string, url: string, response: request.Response): void {
  const { status, type, text } = response;
  const body: unknown = type === 'application/json' ? response.body : text;
  const faults = undocumented(url, { method, status, type, body });
  if (faults.length > 0)
    throw new Error(
      `${method} ${new URL(url).pathname} answered ${status} ${text}\nwhich is not as documented: ${faults.join('; ')}`,
    );
}
