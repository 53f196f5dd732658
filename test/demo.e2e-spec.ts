import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seedDemoPages } from '../src/providers/demo-pages.js';
import { runCli } from './support/cli-process.js';
import { Desk } from './support/providers.js';
import { ServerProcess } from './support/server-process.js';
import { TestDatabase } from './support/test-database.js';

const BOTH_WAYS = [
  ['Messenger', 'Tối nay còn bàn không ạ?', 'Dạ còn, mình đi mấy người ạ?'],
  ['WhatsApp', 'Do you have vegetarian food?', 'Yes, twelve dishes! 🥬'],
  ['Zalo', 'Quán mở cửa đến mấy giờ?', 'Dạ đến 22 giờ ạ.'],
];

describe('npm run demo', () => {
  let directory: string;
  let database: TestDatabase;
  let desk: Desk;
  let server: ServerProcess;
  let url: string;
  let settings: Record<string, string>;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'polydesk-test-demo-'));
    database = await TestDatabase.create();
    desk = await Desk.start();
    seedDemoPages(desk.desk);
    const DATABASE_URL = database.url;
    settings = { ...desk.settings, ENVIRONMENT: 'development', DATA_DIR: directory, DATABASE_URL };
    server = ServerProcess.start(settings);
    await server.said(/listening on http/, 60_000);
    url = await server.url();
    desk.pointAt(url);
  }, 90_000);
  afterAll(async () => {
    server.kill('SIGTERM');
    await server.ended;
    await desk.stop();
    await database.drop();
    await rm(directory, { recursive: true });
  }, 30_000);

  const demo = (deskUrl: string, serverUrl = url) => runCli(['demo', '--url', serverUrl, '--desk', deskUrl], settings);

  /** The cells of each line of the tables. */
  const cellsOf = (output: string) =>
    output
      .split('\n')
      .filter((line) => line.startsWith('│'))
      .map((line) =>
        line
          .split('│')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );

  it('shows where nobody plays the providers who sees what, and says how to have them played', async () => {
    const { code, output } = await demo('http://127.0.0.1:1');
    const rows = cellsOf(output);
    expect(code).toBe(0);
    for (const [who, conversations, unread, newest] of [
      ['admin', '3', '6', 'Xin chào Bếp Nhà Lan! 👋 Còn chỗ tối nay không?'],
      ['agent', '2', '4', 'Xin chào Sao Mai Travel! 👋 Còn chỗ tối nay không?'],
      ['API key', '3', '6', 'Xin chào Bếp Nhà Lan! 👋 Còn chỗ tối nay không?'],
    ])
      expect(rows).toContainEqual([who, conversations, unread, newest, '404']);
    expect(output).toMatch(/\nNobody plays the providers at http:\/\/127\.0\.0\.1:1: .* start npm run providers .*\n$/);
    expect(desk.sent()).toEqual([]);
  }, 90_000);

  it('answers on every channel where they are played, as often as it is asked to', async () => {
    for (const time of [1, 2]) {
      const { code, output } = await demo(desk.url);
      const rows = cellsOf(output).filter(([name]) => BOTH_WAYS.some(([channel]) => channel === name));
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(rows).toEqual(
        BOTH_WAYS.map(([name, wrote, answered]) => [
          ...[name, wrote, answered, answered],
          expect.stringMatching(/^(delivered, )?read$/),
        ]),
      );
      expect(desk.sent()).toHaveLength(3 * time);
    }
    await desk.settled();
    expect(desk.webhooks().map(({ status }) => status)).not.toContain(401);
  }, 90_000);

  it('connects again what a desk that was started anew has forgotten', async () => {
    desk.reset();
    seedDemoPages(desk.desk);
    const { code, output } = await demo(desk.url);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(desk.sent().map(({ platform }) => platform)).toEqual(['facebook', 'whatsapp', 'zalo']);
  }, 90_000);

  it('says in a sentence why an answer has not arrived', async () => {
    desk.fault({ platform: 'whatsapp', code: 131026, isLater: true });
    const { code, output } = await demo(desk.url);
    expect(code).toBe(1);
    expect(output).toMatch(/\nThe answer did not arrive: .*could not be delivered.*\n$/);
  }, 90_000);

  it('says in a sentence that no server is there', async () => {
    const { code, output } = await demo(desk.url, 'http://127.0.0.1:1');
    expect({ code, output }).toEqual({
      code: 1,
      output:
        'Nothing answers at http://127.0.0.1:1: start the server first (npm start), or say where it is with --url\n',
    });
  }, 90_000);
});
