import type { INestApplicationContext } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { DEVELOPMENT_KEY } from '../src/modules/api-keys/development-key.js';
import { ApiKeysRepository } from '../src/modules/api-keys/api-keys.repository.js';
import { ChatbotsService } from '../src/modules/chatbots/chatbots.service.js';
import { IntegrationsService } from '../src/modules/integrations/integrations.service.js';
import { InboxService } from '../src/modules/messages/inbox.service.js';
import { OrganizationsService } from '../src/modules/organizations/organizations.service.js';
import { UsersService } from '../src/modules/users/users.service.js';
import { DEFAULT_ORGANIZATION_ID, OrgContext } from '../src/platform/context/org-context.js';
import { PERMISSIONS, permissionsOf } from '../src/platform/context/permissions.js';
import { Database } from '../src/platform/database/database.js';
import { hashOf } from '../src/platform/secrets/located-secret.js';
import { DEMO_ORGANIZATIONS, DEMO_PASSWORD, SUPER_ADMIN } from './demo-data.js';
import type { DemoConversation, DemoOrganization } from './demo-data.js';

/**
 * For development: a super admin, the key `dev_key_123`, and two organizations that look like real life. Only where nobody has
 * a user yet. Answers with the sign-ins to print; with nothing where there was nothing to do.
 */
export async function seedDemo(app: INestApplicationContext): Promise<string[]> {
  const isFirstRun = await as(DEFAULT_ORGANIZATION_ID, () => isEmpty(app));
  if (!isFirstRun) return [];
  await as(DEFAULT_ORGANIZATION_ID, () => seedPlatform(app));
  for (const organization of DEMO_ORGANIZATIONS) await seedOrganization(app, organization);
  return signIns();
}

async function isEmpty(app: INestApplicationContext): Promise<boolean> {
  const { pagination } = await app.get(UsersService).list({ limit: 1, offset: 0 });
  return pagination.total === 0;
}

async function seedPlatform(app: INestApplicationContext): Promise<void> {
  await app.get(UsersService).insert({ ...SUPER_ADMIN, password: DEMO_PASSWORD });
  const key = { id: uuidv7(), name: 'Development', prefix: DEVELOPMENT_KEY, scopes: [...PERMISSIONS] };
  await app.get(Database).transaction(() => app.get(ApiKeysRepository).create(key, hashOf(DEVELOPMENT_KEY)));
}

async function seedOrganization(app: INestApplicationContext, demo: DemoOrganization): Promise<void> {
  const { name, displayName, email, tier } = demo;
  const { id } = await as(DEFAULT_ORGANIZATION_ID, () =>
    app.get(OrganizationsService).create({ name, displayName, email, tier }),
  );
  await as(id, async () => {
    for (const user of demo.users) await app.get(UsersService).insert({ ...user, password: DEMO_PASSWORD });
    const chatbot = await app.get(ChatbotsService).create({ name: demo.chatbot });
    const page = {
      ...demo.page,
      platform: 'facebook' as const,
      accessToken: `demo-token-${demo.page.oaId}`,
      chatbotId: chatbot.id,
    };
    const integration = await app.get(IntegrationsService).connect(page);
    for (const conversation of demo.conversations) await seedConversation(app, integration, conversation);
  });
}

async function seedConversation(
  app: INestApplicationContext,
  page: { id: string; platform: string; oaId: string; accountId: string | null; chatbotId: string | null },
  { customerExternalId, texts, minutesAgo }: DemoConversation,
): Promise<void> {
  for (const [index, text] of texts.entries()) {
    const occurredAt = new Date(Date.now() - (minutesAgo - index) * 60_000);
    const providerMessageId = `m_demo_${customerExternalId}_${index}`;
    const message = { providerMessageId, text, attachments: [], metadata: {}, dedupeKey: providerMessageId };
    await app
      .get(InboxService)
      .receive(page, { kind: 'message.received', oaId: page.oaId, customerExternalId, occurredAt, ...message });
  }
}

function signIns(): string[] {
  const users = [SUPER_ADMIN, ...DEMO_ORGANIZATIONS.flatMap((organization) => organization.users)];
  const line = ({ email, role }: { email: string; role: string }) => `  ${role.padEnd(12)} ${email}`;
  return [
    `Demo sign-ins, all with the password "${DEMO_PASSWORD}":`,
    ...users.map(line),
    `  ${'API key'.padEnd(12)} ${DEVELOPMENT_KEY}`,
    '',
    'Customers who write, without an account anywhere: npm run providers, and then npm run demo, each in another terminal.',
    '',
  ];
}

/** Polydesk itself, with the right to make organizations. */
function as<T>(orgId: string, work: () => Promise<T>): Promise<T> {
  const context = new OrgContext({ requestId: 'seed', ip: null, userAgent: null });
  context.bind(orgId, {
    type: 'system',
    id: null,
    name: 'seed',
    role: 'super_admin',
    orgId,
    permissions: permissionsOf('super_admin'),
  });
  return OrgContext.run(context, work);
}
