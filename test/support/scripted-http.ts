import type { Http, ProviderAnswer, ProviderRequest } from '../../src/channels/provider.js';
import type { Json } from '../../src/channels/json.js';

/** A provider that answers with what it was given, in order; afterwards with an empty object. Keeps what it was asked. */
export class ScriptedHttp implements Http {
  readonly requests: ProviderRequest[] = [];
  private readonly answers: ProviderAnswer[] = [];

  answer(body: Json, status = 200, headers: Record<string, string> = {}): this {
    this.answers.push({ status, headers, body });
    return this;
  }

  send(request: ProviderRequest): Promise<ProviderAnswer> {
    this.requests.push(request);
    return Promise.resolve(this.answers.shift() ?? { status: 200, headers: {}, body: {} });
  }

  download(): Promise<never> {
    return Promise.reject(new Error('Nothing is downloaded here'));
  }

  /** The only request. */
  get request(): ProviderRequest {
    const [request, ...others] = this.requests;
    if (!request || others.length > 0) throw new Error(`Expected one request, not ${this.requests.length}`);
    return request;
  }
}
