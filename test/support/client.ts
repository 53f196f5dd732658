import request from 'supertest';

export interface ClientUser {
  id: string;
  username: string;
  email: string;
  role: string;
  orgId: string;
}

/** Sends requests with one credential, or none. */
export class Client {
  constructor(
    readonly url: string,
    readonly headers: Record<string, string> = {},
    private readonly signedIn: ClientUser | null = null,
    readonly refreshToken: string = '',
  ) {}

  withToken(accessToken: string, user: ClientUser, refreshToken = ''): Client {
    return new Client(this.url, { authorization: `Bearer ${accessToken}` }, user, refreshToken);
  }

  withKey(key: string): Client {
    return new Client(this.url, { 'x-api-key': key });
  }

  /** The signed-in user; throws for keys and for nobody. */
  get user(): ClientUser {
    if (!this.signedIn) throw new Error('This client is not a user');
    return this.signedIn;
  }

  get(path: string): request.Test {
    return request(this.url).get(path).set(this.headers);
  }

  post(path: string, body: object = {}): request.Test {
    return request(this.url).post(path).set(this.headers).send(body);
  }

  /** A file, as its bytes. */
  upload(bytes: Buffer, contentType = 'application/octet-stream', filename?: string): request.Test {
    const uploading = request(this.url)
      .post('/media')
      .query(filename === undefined ? {} : { filename });
    return uploading.set({ ...this.headers, 'content-type': contentType }).send(bytes);
  }

  put(path: string, body: object = {}): request.Test {
    return request(this.url).put(path).set(this.headers).send(body);
  }

  patch(path: string, body: object = {}): request.Test {
    return request(this.url).patch(path).set(this.headers).send(body);
  }

  delete(path: string): request.Test {
    return request(this.url).delete(path).set(this.headers);
  }
}
