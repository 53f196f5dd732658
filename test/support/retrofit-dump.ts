import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { pgVariables } from './retrofit.js';

const run = promisify(execFile);

/** Where Debian keeps the programs of each version, the newest first. */
const DEBIAN = '/usr/lib/postgresql';
const VERSIONS = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((one, other) => Number(other) - Number(one)) : [];
const PLACES = [...VERSIONS.map((version) => join(DEBIAN, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')];

/**
 * What `pg_dump --schema-only` writes; null where there is none on this machine that is as new as the server: older ones
 * refuse. Without what is different each time.
 */
export async function pgDump(url: string, ...options: string[]): Promise<string | null> {
  const server = await majorOfServer(url);
  for (const program of PLACES.map((place) => join(place, 'pg_dump')).filter((path) => existsSync(path)))
    if ((await majorOf(program)) >= server) return dump(program, url, options);
  return null;
}

async function dump(program: string, url: string, options: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], ...pgVariables(url) };
  const { stdout } = await run(program, ['--schema-only', ...options], { env, maxBuffer: 2 ** 28 });
  return stdout.replace(/^\\(un)?restrict .*\n/gm, '');
}

async function majorOf(program: string): Promise<number> {
  const { stdout } = await run(program, ['--version']);
  return Number(/ (\d+)/.exec(stdout)?.[1] ?? 0);
}

async function majorOfServer(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version`,
  );
  await client.end();
  return rows[0]?.version ?? 0;
}
