import { createSecretKey } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import pg from 'pg';
import { Config } from '../src/platform/config/config.js';
import { SETTINGS } from '../src/platform/config/settings.js';
import { AUDIENCE, ISSUER } from '../src/modules/auth/access-tokens.js';

export const SECRETS = {
  JWT_SECRET: 'bench-only-0123456789-abcdefghijklmnopqrstuvwxyz',
  ENCRYPTION_KEY: Buffer.from('bench-only-key-of-exactly-32-by.').toString('base64'),
  FACEBOOK_APP_SECRET: 'bench-only-app-secret',
};

/** One agent's view: an organization, its page, and one of its conversations. */
export interface Place {
  orgId: string;
  token: string;
  page: string;
  conversationId: string;
  customerExternalId: string;
}

/** As many people as keep 32 connections busy, each going through a few conversations: what a node sees of a team at work. */
const AGENTS = 50;
const CONVERSATIONS_EACH = 40;

interface Row extends Omit<Place, 'token'> {
  userId: string;
  username: string;
  accountId: string;
}

/** Agents of the largest organization and of others, one in each, in an order that is the same for every server. */
const SAMPLE = `
  SELECT c.org_id AS "orgId", c.oa_id AS page, c.id AS "conversationId", p.external_id AS "customerExternalId",
    u.id AS "userId", u.username, u.account_id AS "accountId"
  FROM (SELECT * FROM users WHERE org_id LIKE 'bench\\_%' ORDER BY org_id <> 'bench_1', md5(id::text) LIMIT $1) u
  CROSS JOIN LATERAL (SELECT * FROM conversations WHERE org_id = u.org_id ORDER BY md5(id::text) LIMIT $2) c
  JOIN customers p ON p.org_id = c.org_id AND p.id = c.customer_id
  ORDER BY md5(c.id::text)`;

/** The places that requests are sent to; each with the access token of an agent there. */
export async function places(ownerUrl: string): Promise<Place[]> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  const { rows } = await owner.query<Row>(SAMPLE, [AGENTS, CONVERSATIONS_EACH]).finally(() => owner.end());
  const jwt = new JwtService({ secret: createSecretKey(Buffer.from(SECRETS.JWT_SECRET)) });
  return rows.map(({ userId, username, accountId, ...place }) => {
    // Ours looks the account up; the two others find it in the token, which is to their advantage.
    const claims = { sub: userId, userId, username, email: null, role: 'agent', orgId: place.orgId, accountId };
    const token = jwt.sign(claims, { algorithm: 'HS256', expiresIn: '4h', issuer: ISSUER, audience: AUDIENCE });
    return { ...place, token };
  });
}

/** What our server is started with, and what the roles' passwords come from. Nothing of the environment or of `.env`. */
export function environment(databaseUrl: string): Record<string, string> {
  const absent = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, '']));
  return { ...absent, ...SECRETS, ENVIRONMENT: 'production', HOST: '127.0.0.1', DATABASE_URL: databaseUrl };
}

export function configFor(databaseUrl: string): Config {
  return Config.from(environment(databaseUrl));
}
