import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Config } from './config.js';
import type { Environment } from './settings.js';

const GRAPH = 'https://graph.facebook.com/v25.0';
const LOCAL_GRAPH = 'http://localhost:4010/graph/v25.0';

describe('The providers of development', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'polydesk-test-providers-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const settingsOf = (environment: Environment) => Config.from({ DATA_DIR: directory, ...environment }).settings;

  it('are those on the desk where nothing is set', () => {
    expect(settingsOf({})).toMatchObject({
      FACEBOOK_GRAPH_URL: LOCAL_GRAPH,
      WHATSAPP_GRAPH_URL: LOCAL_GRAPH,
      ZALO_API_URL: 'http://localhost:4010/zalo',
      ZALO_OAUTH_URL: 'http://localhost:4010/zalo-oauth',
      FACEBOOK_APP_ID: expect.stringMatching(/^\d+$/),
      ZALO_APP_ID: expect.stringMatching(/^\d+$/),
    });
  });

  it.each<[Environment, string]>([
    [{ FACEBOOK_APP_ID: '1' }, 'FACEBOOK_GRAPH_URL'],
    [{ FACEBOOK_APP_SECRET: 's' }, 'FACEBOOK_GRAPH_URL'],
    [{ WHATSAPP_APP_SECRET: 's' }, 'WHATSAPP_GRAPH_URL'],
    [{ ZALO_APP_ID: '1' }, 'ZALO_API_URL'],
    [{ ZALO_OA_SECRET_KEY: 's' }, 'ZALO_OAUTH_URL'],
  ])('are the real ones as soon as anything of them is set: %j', (environment, url) => {
    const settings: Record<string, unknown> = settingsOf(environment);
    expect(settings[url]).toMatch(/^https:/);
  });

  it('are where their address says, and only theirs', () => {
    const settings = settingsOf({ FACEBOOK_GRAPH_URL: 'http://stub.example/graph', ZALO_API_URL: '' });
    expect(settings).toMatchObject({
      FACEBOOK_GRAPH_URL: 'http://stub.example/graph',
      FACEBOOK_APP_ID: '',
      WHATSAPP_GRAPH_URL: LOCAL_GRAPH,
      ZALO_API_URL: 'http://localhost:4010/zalo',
    });
  });

  it.each(['test', 'production'])('are never those on the desk in %s', (ENVIRONMENT) => {
    const secrets = {
      JWT_SECRET: randomBytes(48).toString('base64'),
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    const settings = settingsOf({ ENVIRONMENT, ...secrets });
    expect(settings).toMatchObject({ FACEBOOK_GRAPH_URL: GRAPH, WHATSAPP_GRAPH_URL: GRAPH, FACEBOOK_APP_ID: '' });
    expect(settings).toMatchObject({ ZALO_API_URL: 'https://openapi.zalo.me' });
  });

  it('get no made-up secrets in production', () => {
    const secrets = {
      JWT_SECRET: randomBytes(48).toString('base64'),
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    const settings = settingsOf({ ENVIRONMENT: 'production', ...secrets });
    expect(settings).toMatchObject({ WHATSAPP_APP_SECRET: '', WHATSAPP_VERIFY_TOKEN: '' });
    expect(settings).toMatchObject({ ZALO_APP_ID: '', ZALO_APP_SECRET: '', ZALO_OA_SECRET_KEY: '' });
  });

  it('get their secrets once, also beside secrets that were made before there were any for them', () => {
    const older = mkdtempSync(join(directory, 'older-'));
    const kept = {
      JWT_SECRET: 'j'.repeat(40),
      ENCRYPTION_KEY: [randomBytes(32).toString('base64')],
      FACEBOOK_APP_SECRET: 'kept',
      FACEBOOK_VERIFY_TOKEN: 'kept too',
    };
    writeFileSync(join(older, 'secrets.json'), JSON.stringify(kept));
    const [first, second] = [settingsOf({ DATA_DIR: older }), settingsOf({ DATA_DIR: older })];
    expect(first).toMatchObject(kept);
    for (const name of [
      'WHATSAPP_APP_SECRET',
      'WHATSAPP_VERIFY_TOKEN',
      'ZALO_APP_SECRET',
      'ZALO_OA_SECRET_KEY',
    ] as const)
      expect(first[name].length).toBeGreaterThanOrEqual(20);
    expect(second).toEqual(first);
    expect(JSON.parse(readFileSync(join(older, 'secrets.json'), 'utf8'))).toEqual(kept);
  });
});
