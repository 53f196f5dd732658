import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { createApp } from '../../src/app.js';
import { OrgContext } from '../../src/platform/context/org-context.js';
import type { Role, Scope } from '../../src/platform/context/permissions.js';
import { Config } from '../../src/platform/config/config.js';
import type { Environment } from '../../src/platform/config/settings.js';
import { DatabaseConnections } from '../../src/platform/database/database-connections.js';
import { prepareDatabaseRoles } from '../../src/platform/database/database-roles.js';
import { JobRunner } from '../../src/platform/jobs/job-runner.js';
import { logger } from '../../src/platform/logging/logger.js';
import { UsersService } from '../../src/modules/users/users.service.js';
import { Client } from './client.js';
import { holdToOwnDocument } from './documented-responses.js';
import { FacebookSender } from './facebook-sender.js';
import { StatementRecorder } from './sql/statement-recorder.js';
import { TestDatabase } from './test-database.js';
import { TestOrganization } from './test-organization.js';

export const PASSWORD = 'correct horse battery';

/** The application on a database of its own, listening for real HTTP. */
export class World {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    readonly config: Config,
    readonly url: string,
    /** Nobody: no credential. */
    readonly anonymous: Client,
    readonly superAdmin: Client,
    readonly facebook: FacebookSender,
    /** Every statement that the application sends: `stop` fails where one breaks the rules of the database. */
    readonly statements: StatementRecorder,
  ) {}

  /**
   * `extra` modules join the application's own: probes that show what a route would be given. `reach` says by which address
   * the application comes to its database.
   */
  static async start(
    environment: Environment = {},
    extra: Type[] = [],
    reach: ((databaseUrl: string) => string) | null = null,
  ): Promise<World> {
    logger.level = process.env['TEST_LOG'] ?? 'silent';
    const database = await TestDatabase.create();
    const config = Config.from({
      ...testEnvironment(reach?.(database.url) ?? database.applicationUrl),
      ...(!reach && { DATABASE_DIRECT_URL: database.url }),
      ...environment,
    });
    await prepareDatabaseRoles(new DatabaseConnections(config));
    const root = AppModule.with(config);
    const app = await createApp(config, { ...root, imports: [...(root.imports ?? []), ...extra] });
    const statements = StatementRecorder.on(app);
    await app.listen(0, '127.0.0.1');
    if (config.settings.RUN_JOBS) app.get(JobRunner).start();
    const url = await app.getUrl();
    await holdToOwnDocument(url);
    const anonymous = new Client(url);
    const superAdmin = await signInSuperAdmin(app, anonymous);
    return new World(
      app,
      database,
      config,
      url,
      anonymous,
      superAdmin,
      new FacebookSender(url, config.settings.FACEBOOK_APP_SECRET),
      statements,
    );
  }

  /** Another node of the same installation, listening; whoever starts it closes it. */
  async node(): Promise<NestFastifyApplication> {
    const node = await createApp(this.config);
    this.statements.listenTo(node);
    await node.listen(0, '127.0.0.1');
    if (this.config.settings.RUN_JOBS) node.get(JobRunner).start();
    return node;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.database.drop();
    const faults = this.statements.faults();
    if (faults.length > 0) throw new Error(`Statements against the rules of the database:\n${faults.join('\n')}`);
  }

  /** A new organization with an admin, who is its client. */
  async organization(fields: object = {}): Promise<TestOrganization> {
    const name = `org-${randomBytes(5).toString('hex')}`;
    const { body } = await this.superAdmin.post('/organizations', { name, displayName: name, ...fields }).expect(201);
    return TestOrganization.create(this, body.data.id, name);
  }

  /** A user of an organization, signed in. */
  async member(orgId: string, role: Role): Promise<Client> {
    const username = `${role}-${randomBytes(5).toString('hex')}`;
    const email = `${username}@example.com`;
    await this.superAdmin.post('/auth/register', { username, email, password: PASSWORD, role, orgId }).expect(201);
    return this.signIn({ email, password: PASSWORD });
  }

  async signIn(login: { email?: string; username?: string; password: string; organization?: string }): Promise<Client> {
    const { body } = await this.anonymous.post('/auth/login', login).expect(200);
    return this.anonymous.withToken(body.tokens.accessToken, body.user, body.tokens.refreshToken);
  }
}

export type KeyScopes = Scope[];

/** Nobody listens there: a test that needs a provider starts a desk. */
const NOWHERE = 'http://127.0.0.1:1';

export function testEnvironment(databaseUrl: string): Environment {
  return {
    ENVIRONMENT: 'test',
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(process.env['POLYDESK_TEST_DIRECTORY'] ?? '', 'data'),
    JWT_SECRET: 'a test secret of more than 32 characters',
    ENCRYPTION_KEY: createHmac('sha256', 'tests').digest('base64'),
    FACEBOOK_APP_SECRET: 'a facebook app secret',
    FACEBOOK_VERIFY_TOKEN: 'a facebook verify token',
    FACEBOOK_GRAPH_URL: NOWHERE,
    WHATSAPP_GRAPH_URL: NOWHERE,
    ZALO_API_URL: NOWHERE,
    ZALO_OAUTH_URL: NOWHERE,
    RUN_JOBS: 'false',
  };
}

async function signInSuperAdmin(app: NestFastifyApplication, anonymous: Client): Promise<Client> {
  const fields = { username: 'root', email: 'root@example.com', password: PASSWORD, role: 'super_admin' } as const;
  await OrgContext.runAsSystem('org_default_001', 'test', () => app.get(UsersService).insert(fields));
  const { body } = await anonymous.post('/auth/login', { email: fields.email, password: PASSWORD }).expect(200);
  return anonymous.withToken(body.tokens.accessToken, body.user, body.tokens.refreshToken);
}
