import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { Config } from '../config/config.js';
import type { OrganizationPoolOptions } from './organization-pool.js';
import { isoTimestamps } from './timestamps.js';

export const DATABASE_ROLES = ['polydesk_app', 'polydesk_system'] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

const CONNECT_TIMEOUT_MS = 5_000;
/** A lull is no reason to let connections go: to open one, and prepare its statements again, costs as much as fifty requests. */
export const IDLE_TIMEOUT_MS = 5 * 60_000;
/** How long an answer may take: longer than the role's statement_timeout of 8 s, so that Postgres has given up as well. */
const ANSWER_TIMEOUT_MS = 10_000;

/** How to reach Postgres in each of our roles, derived from the owner's URL. */
@Injectable()
export class DatabaseConnections {
  private readonly owner: URL;

  constructor(private readonly config: Config) {
    this.owner = new URL(config.settings.DATABASE_URL);
  }

  /** As the owner of the schema: migrations and roles only, never requests. */
  get ownerUrl(): string {
    return withoutPooler(this.direct);
  }

  /** Who is asked where, without the password. */
  describeOwner(): string {
    const { username, host, pathname } = this.owner;
    return `${decodeURIComponent(username)}@${host}${pathname}`;
  }

  /** Connections as one role. `pgbouncer=true` in the URL, as Prisma has it, says that a pooler stands between. */
  options(role: DatabaseRole, max: number): OrganizationPoolOptions {
    return {
      connectionString: this.urlFor(role),
      application_name: role,
      namedStatements: this.owner.searchParams.get('pgbouncer') !== 'true',
      types: isoTimestamps,
      max,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
    };
  }

  /** Whether what is heard by LISTEN can be relied upon: not behind a pooler, unless there is a way past it. */
  get canListen(): boolean {
    return this.config.settings.DATABASE_DIRECT_URL !== '' || this.owner.searchParams.get('pgbouncer') !== 'true';
  }

  /** Plain connections past a pooler, for what needs a session: LISTEN, and libraries that bring their own queries. */
  sessionOptions(role: DatabaseRole, max: number): pg.PoolConfig {
    const { namedStatements: _, types: __, query_timeout: ___, ...options } = this.options(role, max);
    return { ...options, connectionString: this.urlFor(role, this.direct), application_name: `${role}_session` };
  }

  /** One connection as one role, for looking at the database rather than serving. */
  clientOptions(role: DatabaseRole): pg.ClientConfig {
    const { namedStatements: _, ...options } = this.options(role, 1);
    return options;
  }

  /**
   * A role's password, the same on every node: derived from the owner's, which all nodes know, so that nothing more has to be
   * kept or rotated. Where the owner has none, from ENCRYPTION_KEY.
   */
  passwordOf(role: DatabaseRole): string {
    const secret = decodeURIComponent(this.owner.password) || this.config.settings.ENCRYPTION_KEY.join();
    return createHmac('sha256', secret).update(`polydesk database role ${role}`).digest('base64url');
  }

  private get direct(): URL {
    const { DATABASE_DIRECT_URL } = this.config.settings;
    return DATABASE_DIRECT_URL === '' ? this.owner : new URL(DATABASE_DIRECT_URL);
  }

  private urlFor(role: DatabaseRole, base = this.owner): string {
    const url = new URL(withoutPooler(base));
    url.username = role;
    url.password = this.passwordOf(role);
    return url.href;
  }
}

/** Prisma's word for a pooler, which libpq does not know. */
function withoutPooler(url: URL): string {
  const plain = new URL(url);
  plain.searchParams.delete('pgbouncer');
  return plain.href;
}

/** Whether this role can sign in with the password that it should have. */
export async function canSignIn(options: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(options);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
