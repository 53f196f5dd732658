import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Config } from './config.js';
import { SETTINGS, readSettings } from './settings.js';
import type { Environment } from './settings.js';
import { messageOf } from '../errors/thrown.js';

const JWT_SECRET = randomBytes(48).toString('base64');
const ENCRYPTION_KEY = randomBytes(32).toString('base64');

/** What a start with these settings says to the person at the terminal. */
function refusal(environment: Environment): string[] {
  try {
    Config.from(environment);
  } catch (error) {
    return messageOf(error).split('\n');
  }
  throw new Error('These settings were accepted');
}

describe('.env.example', () => {
  const text = readFileSync('.env.example', 'utf8');
  const example = parseEnv(text);

  it('has every setting, and nothing else', () => {
    expect(Object.keys(example).sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it('can be used as it is, and changes nothing', () => {
    expect(readSettings(example)).toEqual(readSettings({}));
    expect(readSettings(example).faults.size).toBe(0);
  });

  it('says above each setting what it is', () => {
    const lines = text.split('\n');
    const bare = lines.filter((line, at) => /^\w+=/.test(line) && !/^# \w/.test(lines[at - 1] ?? ''));
    expect(bare).toEqual([]);
  });
});

describe('Config', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'polydesk-test-config-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    ['ENVIRONMENT', 'staging', 'must be one of development, test, production'],
    ['PORT', '70000', 'must be a whole number from 0 to 65535'],
    ['PORT', '80.5', 'must be a whole number from 0 to 65535'],
    ['PORT', ' ', 'must be a whole number from 0 to 65535'],
    ['PORT', '0x50', 'must be a whole number from 0 to 65535'],
    ['ALLOW_SIGNUP', 'yes', 'must be true or false'],
    ['REQUIRE_ORGANIZATION_CONTEXT', '0', 'must be true or false'],
    ['ENABLE_POSTGRESQL_RLS', 'FALSE', 'must be true or false'],
    ['DATABASE_URL', 'localhost:5432', 'must be a URL that starts with postgres:// or postgresql:// and names a host'],
    ['DATABASE_URL', 'mysql://db/x', 'must be a URL that starts with postgres:// or postgresql:// and names a host'],
    ['DATABASE_URL', 'postgres:///x', 'must be a URL that starts with postgres:// or postgresql:// and names a host'],
    ['FACEBOOK_GRAPH_URL', 'graph', 'must be a URL that starts with http:// or https:// and names a host'],
    ['ENCRYPTION_KEY', 'c2hvcnQ=', 'must be 32 bytes in base64 or hex, not 5: openssl rand -base64 32'],
    [
      'ENCRYPTION_KEY',
      `${ENCRYPTION_KEY},c2hvcnQ=`,
      'must be 32 bytes in base64 or hex, not 5: openssl rand -base64 32',
    ],
    [
      'CORS_ORIGINS',
      'https://a.example,https://b.example/',
      'must be origins such as https://app.example.com, without path or slash at the end',
    ],
    ['CORS_ORIGINS', '*', 'must be origins such as https://app.example.com, without path or slash at the end'],
  ])('refuses %s=%s and says what would be right', (name, value, sentence) => {
    expect(refusal({ [name]: value })).toEqual([
      'Polydesk cannot start with these settings:',
      `  - ${name} ${sentence}`,
    ]);
  });

  it('tells every fault at once, each setting once', () => {
    const lines = refusal({
      ENVIRONMENT: 'production',
      PORT: 'http',
      ENCRYPTION_KEY: 'c2hvcnQ=',
      ENABLE_POSTGRESQL_RLS: 'false',
      REQUIRE_ORGANIZATION_CONTEXT: 'false',
      DATABASE_URL: 'db',
    });
    const names = lines.slice(1).map((line) => line.replace(/^ {2}- (\w+) .*/, '$1'));
    expect(names.sort()).toEqual([
      'DATABASE_URL',
      'ENABLE_POSTGRESQL_RLS',
      'ENCRYPTION_KEY',
      'JWT_SECRET',
      'PORT',
      'REQUIRE_ORGANIZATION_CONTEXT',
    ]);
  });

  it.each([
    ['JWT_SECRET', 'correct-horse'],
    ['JWT_SECRET', 'ababababababababababababababababababab'],
    ['ENCRYPTION_KEY', 'not-thirty-two-bytes'],
    ['ENCRYPTION_KEY', 'ab'.repeat(32)],
    ['DATABASE_URL', 'mysql://me:hunter2@db/x'],
  ])('never repeats what it was given as %s', (name, value) => {
    const said = refusal({ JWT_SECRET, ENCRYPTION_KEY, ENVIRONMENT: 'production', [name]: value }).join('\n');
    expect(said).toContain(name);
    expect(said).not.toContain(value);
    expect(said).not.toContain('hunter2');
  });

  it.each(['JWT_SECRET', 'ENCRYPTION_KEY'])('does not start in production without %s', (name) => {
    const lines = refusal({ JWT_SECRET, ENCRYPTION_KEY, ENVIRONMENT: 'production', [name]: '' });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(new RegExp(`^ {2}- ${name} must be .* in production: openssl rand -base64 \\d+$`));
  });

  it.each(['REQUIRE_ORGANIZATION_CONTEXT', 'ENABLE_POSTGRESQL_RLS'])(
    'does not start in production without %s',
    (name) => {
      const lines = refusal({ JWT_SECRET, ENCRYPTION_KEY, ENVIRONMENT: 'production', [name]: 'false' });
      expect(lines.slice(1)).toEqual([`  - ${name} cannot be false in production: remove it`]);
    },
  );

  it('starts in production with secrets of its own, and writes nothing', () => {
    const nowhere = join(directory, 'nowhere');
    const config = Config.from({ JWT_SECRET, ENCRYPTION_KEY, ENVIRONMENT: 'production', DATA_DIR: nowhere });
    expect(config.isProduction).toBe(true);
    expect(() => readFileSync(join(nowhere, 'secrets.json'))).toThrow('ENOENT');
  });

  it('makes the secrets of development once, and keeps them', () => {
    const [first, second] = [Config.from({ DATA_DIR: directory }), Config.from({ DATA_DIR: directory })];
    expect(first.settings.JWT_SECRET.length).toBeGreaterThan(60);
    expect(first.encryptionKeys).toHaveLength(1);
    expect(second.settings).toEqual(first.settings);
  });

  it('says that a damaged file of secrets can be deleted', () => {
    const file = join(mkdtempSync(join(directory, 'damaged-')), 'secrets.json');
    for (const damage of ['', '{"JWT_SECRET":', '{}', 'null']) {
      writeFileSync(file, damage);
      expect(refusal({ DATA_DIR: join(file, '..') })[1]).toMatch(/secrets\.json lacks a secret: delete the file/);
    }
  });

  it('says that the data directory cannot be written', () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    expect(refusal({ DATA_DIR: file })[1]).toMatch(/^ {2}- DATA_DIR: .*a-file cannot be written .*choose a directory/);
  });

  it('seals with the first of several keys and can open with all', () => {
    const old = randomBytes(32);
    const keys = `${ENCRYPTION_KEY}, ${old.toString('hex')}`;
    const config = Config.from({ DATA_DIR: directory, ENCRYPTION_KEY: keys });
    expect(config.encryptionKeys.map(({ key }) => key.export().toString('base64'))).toEqual([
      ENCRYPTION_KEY,
      old.toString('base64'),
    ]);
  });
});
