import { DemoError, NobodyThereError } from './demo-error.js';

/** The public API, over HTTP, with one credential. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly credential: Record<string, string> = {},
  ) {}

  async signIn(email: string, password: string): Promise<ApiClient> {
    const { tokens } = await this.send<{ tokens: { accessToken: string } }>('POST', '/auth/login', { email, password });
    return new ApiClient(this.url, { authorization: `Bearer ${tokens.accessToken}` });
  }

  withKey(key: string): ApiClient {
    return new ApiClient(this.url, { 'x-api-key': key });
  }

  async get<T>(path: string): Promise<T> {
    return (await this.send<{ data: T }>('GET', path)).data;
  }

  async post<T>(path: string, body: object): Promise<T> {
    return (await this.send<{ data: T }>('POST', path, body)).data;
  }

  async delete(path: string): Promise<void> {
    await this.send('DELETE', path);
  }

  /** What a caller is answered who may not see something. */
  async status(path: string): Promise<number> {
    return (await this.request('GET', path)).status;
  }

  /** As a person's browser does: whatever it is answered. */
  async visit(path: string): Promise<void> {
    const response = await this.request('GET', path);
    if (!response.ok) throw await refusal('GET', path, response);
  }

  async postRaw(path: string, body: string, headers: Record<string, string>): Promise<void> {
    const response = await this.request('POST', path, body, headers);
    if (!response.ok) throw await refusal('POST', path, response);
  }

  private async send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.request(method, path, body && JSON.stringify(body));
    if (!response.ok) throw await refusal(method, path, response);
    const answer: unknown = await response.json();
    return answer as T; // The server's own OpenAPI document says so.
  }

  private async request(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    try {
      return await fetch(this.url + path, { method, headers: { ...this.credential, ...json, ...headers }, body });
    } catch {
      throw new NobodyThereError(
        `Nothing answers at ${this.url}: start the server first (npm start), or say where it is with --url`,
      );
    }
  }
}

/** In the server's own words, where it is Polydesk that answers there. */
async function refusal(method: string, path: string, response: Response): Promise<DemoError> {
  const text = await response.text();
  const [address] = path.split('?');
  return new DemoError(`${method} ${address} answered ${response.status}: ${sentenceIn(text) ?? text}`);
}

function sentenceIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } }; // What is not so has no sentence.
    return error?.message ?? null;
  } catch {
    return null;
  }
}
