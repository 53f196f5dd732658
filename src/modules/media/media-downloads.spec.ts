import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LocalServer } from '../../../test/support/local-server.js';
import { Config } from '../../platform/config/config.js';
import { MediaDownloads } from './media-downloads.js';

const ELSEWHERE = 'https://provider.example';

describe('Downloads of files', () => {
  const closing: (() => unknown)[] = [];
  afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

  it('bring the bytes, with the headers that the address takes', async () => {
    const url = await server((request, response) => response.end(`${request.headers.authorization} file`));
    const file = await downloads().download({ url, headers: { authorization: 'Bearer x' }, providerUrl: ELSEWHERE });
    expect(file.toString()).toBe('Bearer x file');
  });

  it('follow a redirect, and leave the headers behind where it leads elsewhere', async () => {
    const [target, near] = [await server(echoing), await server(redirecting('/b'))];
    const far = await server(redirecting(target));
    const headers = { authorization: 'Bearer x' };
    const to = async (url: string) => (await downloads().download({ url, headers, providerUrl: ELSEWHERE })).toString();
    expect(await to(near)).toBe('/b Bearer x');
    expect(await to(far)).toBe('/ undefined');
  });

  it.each([
    'http://127.0.0.1:1/x',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/',
    'ftp://a.example/x',
    'x',
  ])('refuse %s', async (url) => {
    await expect(downloads('').download({ url, headers: {}, providerUrl: ELSEWHERE })).rejects.toMatchObject({
      reason: 'address_refused',
    });
  });

  it('refuse a redirect to a private address, and go round in no circle', async () => {
    const inside = await server((_, response) => response.end('inside'));
    const url = await server(redirecting(inside));
    await expect(downloads('').download({ url, headers: {}, providerUrl: url })).rejects.toMatchObject({
      reason: 'address_refused',
    });
    const round = await server((_, response) => response.writeHead(302, { location: '/again' }).end());
    await expect(downloads().download({ url: round, headers: {}, providerUrl: ELSEWHERE })).rejects.toMatchObject({
      reason: 'too_many_redirects',
    });
  });

  it("reach the provider wherever this server's settings say that it is", async () => {
    const url = await server((_, response) => response.end('here'));
    expect(await downloads('').download({ url, headers: {}, providerUrl: `${url}/v25.0` })).toHaveLength(4);
  });

  it('take no file that is too large, said beforehand or not', async () => {
    const saying = await server((_, response) =>
      response.writeHead(200, { 'content-length': 1024 ** 2 + 1 }).write('x'),
    );
    const silent = await server((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
      };
      response.on('drain', more);
      more();
    });
    for (const url of [saying, silent])
      await expect(downloads().download({ url, headers: {}, providerUrl: ELSEWHERE })).rejects.toMatchObject({
        reason: 'too_large',
      });
  });

  it.each([400, 401, 403, 404, 410])('take %i for final', async (status) => {
    const url = await server((_, response) => response.writeHead(status).end('no'));
    await expect(downloads().download({ url, headers: {}, providerUrl: ELSEWHERE })).rejects.toMatchObject({
      reason: `http_${status}`,
    });
  });

  it.each([
    ['429', (_, response) => response.writeHead(429).end()],
    ['503', (_, response) => response.writeHead(503).end()],
    ['a connection that breaks', (_, response) => response.socket?.destroy()],
    [
      'a body that breaks off',
      (_, response) => response.writeHead(200, { 'content-length': 9 }).end('x', () => response.socket?.destroy()),
    ],
    ['an answer that does not begin', () => undefined],
    ['one that does not end', (_, response) => void response.writeHead(200).write('x')],
  ] satisfies [string, RequestListener][])('may succeed another time after %s', async (_, listener) => {
    const url = await server(listener);
    const tried = downloads().download({ url, headers: {}, providerUrl: ELSEWHERE }, 300);
    await expect(tried).rejects.toThrow(expect.not.objectContaining({ name: 'MediaUnavailableError' }));
  });

  function downloads(allowed = '127.0.0.0/8'): MediaDownloads {
    const config = Config.from({ ENVIRONMENT: 'test', MEDIA_MAX_MB: '1', WEBHOOK_ALLOWED_NETWORKS: allowed });
    const made = new MediaDownloads(config);
    closing.push(() => made.onApplicationShutdown());
    return made;
  }

  async function server(listener: RequestListener): Promise<string> {
    const started = await LocalServer.start(listener);
    closing.push(() => started.stop());
    return started.url;
  }
});

const echoing: RequestListener = ({ url, headers }, response) => response.end(`${url} ${headers.authorization}`);

function redirecting(location: string): RequestListener {
  return (request, response) =>
    request.url === '/' ? response.writeHead(302, { location }).end() : echoing(request, response);
}
