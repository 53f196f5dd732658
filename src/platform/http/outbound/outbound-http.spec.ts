import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LocalServer } from '../../../../test/support/local-server.js';
import { Config } from '../../config/config.js';
import { NameLookup } from './name-lookup.js';
import { Networks } from './networks.js';
import { OutboundHttp } from './outbound-http.js';
import { AddressRefusedError, UnreachableError } from './outbound.errors.js';

describe('Outbound HTTP', () => {
  const closing: (() => unknown)[] = [];
  afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

  it.each([
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://127.1',
    'http://0',
    'http://10.0.0.8',
    'http://172.16.0.1',
    'http://192.168.1.1:8080/x',
    'http://100.64.0.1',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16',
    'http://192.0.0.192',
    'http://198.18.0.1',
    'http://224.0.0.1',
    'http://255.255.255.255',
    'http://[::]',
    'http://[::1]',
    'http://[::127.0.0.1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:a9fe:a9fe]',
    'http://[64:ff9b::7f00:1]',
    'http://[64:ff9b:1::a00:1]',
    'http://[2002:7f00:1::]',
    'http://[2001::1]',
    'http://[2001:db8::1]',
    'http://[fe80::1]',
    'http://[fec0::1]',
    'http://[fc00::1]',
    'http://[fd00:ec2::254]',
    'http://[ff02::1]',
    'http://[4000::1]',
    'ftp://93.184.215.14',
    'file:///etc/passwd',
    'http://user@93.184.215.14',
    'http://user:secret@93.184.215.14',
    'http://',
    'nowhere',
  ])('refuses %s', async (url) => {
    const http = outbound();
    expect(http.faultOf(url)).toMatch(/^must /);
    await expect(http.post(url, '', {})).rejects.toThrow(AddressRefusedError);
  });

  it.each(['http://93.184.215.14', 'https://[2606:2800:21f:cb07::1]:8443/hooks?a=b', 'https://hooks.example.com'])(
    'has nothing against %s',
    (url) => {
      expect(outbound().faultOf(url)).toBeNull();
    },
  );

  it('refuses localhost, as this machine resolves it', async () => {
    const { port, requests } = await server((_, response) => response.end());
    const http = outbound({ names: new NameLookup() });
    await expect(http.post(`http://localhost:${port}`, '', {})).rejects.toThrow(AddressRefusedError);
    expect(requests()).toBe(0);
  });

  it.each(['127.0.0.1', '::ffff:127.0.0.1', '::1', '169.254.169.254', '64:ff9b::7f00:1', 'fe80::1%lo'])(
    'refuses a name that stands for %s',
    async (address) => {
      const http = outbound({ addresses: [address] });
      await expect(http.post('http://inside.example', '', {})).rejects.toThrow(AddressRefusedError);
    },
  );

  it('is not fooled by a name that stands for another address every time it is asked', async () => {
    const { port, requests } = await server((_, response) => response.end('inside'));
    const answers = [['203.0.114.1'], ['127.0.0.1']];
    let asked = 0;
    const http = outbound({ resolve: () => answers[asked++] ?? [] });
    // The first answer is the one that is connected to: a public address where nobody listens.
    const first = http.post(`http://rebinding.example:${port}`, '', {}, { timeoutMs: 500 });
    await expect(first).rejects.toThrow(UnreachableError);
    expect(asked).toBe(1);
    await expect(http.post(`http://rebinding.example:${port}`, '', {})).rejects.toThrow(AddressRefusedError);
    expect(requests()).toBe(0);
  });

  it('reaches what WEBHOOK_ALLOWED_NETWORKS permits, and of several addresses the permitted one', async () => {
    const { port } = await server((_, response) => response.end('here'));
    const http = outbound({ allowed: '127.0.0.0/8', addresses: ['10.0.0.1', '127.0.0.1'] });
    expect(await http.post(`http://inside.example:${port}`, '', {})).toMatchObject({ status: 200, text: 'here' });
    expect(await http.post(`http://127.0.0.1:${port}`, '', {})).toMatchObject({ status: 200 });
    expect(http.faultOf('http://10.0.0.1')).toMatch(/^must /);
  });

  it('follows no redirect', async () => {
    const inside = await server((_, response) => response.end('inside'));
    const { port } = await server((_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${inside.port}/` }).end(),
    );
    const answer = await outbound({ allowed: '127.0.0.1/32' }).post(`http://127.0.0.1:${port}`, '{}', {});
    expect(answer).toMatchObject({ status: 307, headers: { location: expect.any(String) } });
    expect(inside.requests()).toBe(0);
  });

  it('sends body and headers, and hands back status, headers and text', async () => {
    const { port } = await server((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const { host: _, ...headers } = request.headers;
        response.writeHead(418, { 'Retry-After': '7', 'X-Two': ['a', 'b'] });
        response.end(JSON.stringify({ method: request.method, url: request.url, headers, body }));
      });
    });
    const http = outbound({ allowed: '127.0.0.1/32' });
    const answer = await http.post(`http://127.0.0.1:${port}/a?b=c`, 'Chào', { 'webhook-id': 'x' });
    expect(answer).toMatchObject({ status: 418, headers: { 'retry-after': '7', 'x-two': 'a, b' } });
    expect(JSON.parse(answer.text)).toMatchObject({
      ...{ method: 'POST', url: '/a?b=c', body: 'Chào', headers: { 'webhook-id': 'x' } },
    });
  });

  it('reads 64 KB of an endless answer', async () => {
    const { port } = await server((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    const { text } = await outbound({ allowed: '127.0.0.1/32' }).post(`http://127.0.0.1:${port}`, '', {});
    expect(text).toHaveLength(65_536);
  });

  it('gives up on an answer that does not begin, and on one that does not end', async () => {
    const [silent, halting] = [
      await server(() => undefined),
      await server((_, response) => void response.writeHead(200).write('so far')),
    ];
    const http = outbound({ allowed: '127.0.0.1/32' });
    for (const { port } of [silent, halting]) {
      const sent = http.post(`http://127.0.0.1:${port}`, '', {}, { timeoutMs: 200 });
      await expect(sent).rejects.toMatchObject({ name: 'UnreachableError', mayHaveArrived: true });
    }
  });

  it('says whether the request may have arrived', async () => {
    const http = outbound({ allowed: '127.0.0.1/32' });
    const breaking = await listening(createTcpServer((socket) => socket.on('data', () => socket.destroy())));
    await expect(http.post(`http://127.0.0.1:${breaking}`, '', {})).rejects.toMatchObject({ mayHaveArrived: true });
    const closed = await server(() => undefined);
    await closed.close();
    const refused = http.post(`http://127.0.0.1:${closed.port}`, '', {});
    await expect(refused).rejects.toMatchObject({
      mayHaveArrived: false,
      message: expect.not.stringContaining('127.'),
    });
    const plain = await server(() => undefined);
    await expect(http.post(`https://127.0.0.1:${plain.port}`, '', {})).rejects.toMatchObject({ mayHaveArrived: false });
    await expect(outbound({ addresses: [] }).post('http://no.example', '', {})).rejects.toThrow(AddressRefusedError);
  });

  function outbound(
    options: { allowed?: string; addresses?: string[]; resolve?: () => string[]; names?: NameLookup } = {},
  ): OutboundHttp {
    const config = Config.from({ ENVIRONMENT: 'test', WEBHOOK_ALLOWED_NETWORKS: options.allowed });
    const addresses = options.resolve ?? (() => options.addresses ?? []);
    const asked = () => addresses().map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const names = options.names ?? { resolve: () => Promise.resolve(asked()) };
    const http = new OutboundHttp(config, names);
    closing.push(() => void http.onApplicationShutdown());
    return http;
  }

  async function server(
    listener: RequestListener,
  ): Promise<{ port: number; requests(): number; close(): Promise<void> }> {
    let count = 0;
    const started = await LocalServer.start((request, response) => {
      count += 1;
      listener(request, response);
    });
    closing.push(() => started.stop());
    return { port: started.port, requests: () => count, close: () => started.stop() };
  }

  async function listening(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    return (server.address() as AddressInfo).port; // Listening on a port, not on a pipe.
  }
});

describe('Networks', () => {
  it('takes an address of IPv4 inside IPv6 for what it is, in what is allowed too', () => {
    const networks = new Networks(['10.1.0.0/16', 'fd00:1::/32']);
    expect(
      ['10.1.2.3', '::ffff:10.1.2.3', 'fd00:1::5', '8.8.8.8', '2606:4700::1'].map((a) => networks.allow(a)),
    ).toEqual(Array(5).fill(true));
    expect(['10.2.0.1', 'fd00:2::1', 'x', ''].map((address) => networks.allow(address))).toEqual(Array(4).fill(false));
  });
});
