import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LocalServer } from '../../../test/support/local-server.js';
import { Config } from '../../platform/config/config.js';
import { FileLinks } from '../../platform/secrets/file-links.js';
import { FileDownloads } from './file-downloads.js';

const MOST_BYTES = 1024 * 1024;
const HERE = '127.0.0.1/32';

describe('Downloads of files that messages name', () => {
  const closing: (() => unknown)[] = [];
  afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

  it('bring the bytes and their type, through redirects too, and leave the headers behind where one leads elsewhere', async () => {
    const near = await server(redirecting('/b'));
    const far = await server(redirecting(`${near}/c`));
    const headers = { authorization: 'Bearer x' };
    const from = async (url: string) => {
      const { bytes, contentType } = await downloads({ allowed: HERE }).download(url, MOST_BYTES, headers);
      return `${contentType} ${bytes.toString()}`;
    };
    expect(await from(near)).toBe('text/csv /b Bearer x');
    expect(await from(far)).toBe('text/csv /c undefined');
  });

  it.each([
    'http://127.0.0.1:1/x',
    'http://localhost:1/x',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://2130706433/',
    'ftp://a.example/x',
    'x',
  ])('refuse %s', async (url) => {
    await expect(download(url)).rejects.toMatchObject(refusal('address_refused'));
  });

  it('refuse a private address that a redirect names', async () => {
    const away = await server(redirecting('http://169.254.169.254/latest/meta-data'));
    await expect(download(away, { allowed: HERE })).rejects.toMatchObject(refusal('address_refused'));
  });

  it('reach the files of this server wherever it lies, and nothing else there', async () => {
    const here = await server(echoing);
    const link = `${here}/media/${randomUUID()}?expires=1&signature=x`;
    expect((await download(link, { publicUrl: `${here}/` })).bytes.toString()).toContain('/media/');
    const id = randomUUID();
    const others = ['', '/health', '/media', '/media/', `/media/${id}/x`, `/media/..%2f${id}`, `/media/../${id}`];
    for (const path of others)
      await expect(download(`${here}${path}`, { publicUrl: here })).rejects.toMatchObject(refusal('address_refused'));
    const inside = await server(echoing);
    await expect(download(`${inside}/media/${id}`, { publicUrl: here })).rejects.toMatchObject(
      refusal('address_refused'),
    );
  });

  it('refuse where the files of this server lead on inside', async () => {
    const reached: (string | undefined)[] = [];
    const inside = await server(({ url }, response) => response.end(`${reached.push(url)}`));
    const here = await server((_, response) => response.writeHead(302, { location: `${inside}/secret` }).end());
    const link = `${here}/media/${randomUUID()}`;
    await expect(download(link, { publicUrl: here })).rejects.toMatchObject(refusal('address_refused'));
    expect(reached).toEqual([]);
  });

  it('go round in no circle', async () => {
    const round = await server((_, response) => response.writeHead(302, { location: '/again' }).end());
    await expect(download(round, { allowed: HERE })).rejects.toMatchObject(refusal('too_many_redirects'));
  });

  it('take no file that is too large, said beforehand or not', async () => {
    const saying = await server((_, response) =>
      response.writeHead(200, { 'content-length': MOST_BYTES + 1 }).write('x'),
    );
    const silent = await server((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
      };
      response.on('drain', more);
      more();
    });
    for (const url of [saying, silent])
      await expect(download(url, { allowed: HERE })).rejects.toMatchObject(refusal('too_large'));
  });

  it.each([
    [404, 'message'],
    [410, 'message'],
    [429, 'transient'],
    [503, 'transient'],
  ])('say of %i whether another try is worth it', async (status, kind) => {
    const url = await server((_, response) => response.writeHead(status).end('no'));
    const expected = { failure: { kind, code: `http_${status}` } };
    await expect(download(url, { allowed: HERE })).rejects.toMatchObject(expected);
  });

  it.each([
    ['a connection that breaks', (_, response) => response.socket?.destroy()],
    ['an answer that does not begin', () => undefined],
    ['one that does not end', (_, response) => void response.writeHead(200).write('x')],
  ] satisfies [string, RequestListener][])('may succeed another time after %s', async (_, listener) => {
    const tried = downloads({ allowed: HERE }).download(await server(listener), MOST_BYTES, {}, 300);
    await expect(tried).rejects.toMatchObject({ name: 'NoAnswerError' });
  });

  interface Installation {
    allowed?: string;
    publicUrl?: string;
  }

  const download = (url: string, installation: Installation = {}) => downloads(installation).download(url, MOST_BYTES);

  function downloads({ allowed = '', publicUrl = '' }: Installation): FileDownloads {
    const networks = { WEBHOOK_ALLOWED_NETWORKS: allowed, PUBLIC_URL: publicUrl };
    const config = Config.from({ ENVIRONMENT: 'test', ...networks });
    const made = new FileDownloads(config, new FileLinks(config));
    closing.push(() => made.onApplicationShutdown());
    return made;
  }

  async function server(listener: RequestListener): Promise<string> {
    const started = await LocalServer.start(listener);
    closing.push(() => started.stop());
    return started.url;
  }
});

const refusal = (code: string) => ({ failure: { kind: 'message', code } });

const echoing: RequestListener = ({ url, headers }, response) =>
  response.writeHead(200, { 'content-type': 'text/csv' }).end(`${url} ${headers.authorization}`);

function redirecting(location: string): RequestListener {
  return (request, response) =>
    request.url === '/' ? response.writeHead(302, { location }).end() : echoing(request, response);
}
