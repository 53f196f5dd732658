/** Why the demo cannot go on, for the person at the terminal. */
export class DemoError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DemoError';
  }
}

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

  async postRaw(path: string, body: string, headers: Record<string, string>): Promise<void> {
    const response = await this.request('POST', path, body, headers);
    if (!response.ok) throw new DemoError(`POST ${path} answered ${response.status}: ${await response.text()}`);
  }

  private async send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.request(method, path, body && JSON.stringify(body));
    if (!response.ok) throw new DemoError(`${method} ${path} answered ${response.status}: ${await response.text()}`);
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
      throw new DemoError(
        `Nothing answers at ${this.url}: start the server first (npm start), or say where it is with --url`,
      );
    }
  }
}
