/** A statement that looks across organizations: which file sends it, and of which tables it reads everybody's rows. */
export interface PlatformStatement {
  file: string;
  statement: RegExp;
  across: string[];
}

/** Every statement of the system role that names no organization. `sql-rules.e2e-spec.ts` holds the list against the sources. */
export const PLATFORM_STATEMENTS: readonly PlatformStatement[] = [
  {
    file: 'src/modules/auth/accounts.system-repository.ts',
    statement:
      /from "users" as "u" inner join "organizations" as "o" on "o"\."id" = "u"\."org_id" where "u"\."(email|username)" in/,
    across: ['users', 'organizations'],
  },
  {
    file: 'src/modules/organizations/organizations.system-repository.ts',
    statement:
      /^SELECT (COUNT\(\*\) AS "_count\$_all" FROM \(SELECT )?"public"\."organizations"\."id".* FROM "public"\."organizations" WHERE/,
    across: ['organizations'],
  },
  {
    file: 'src/modules/integrations/integrations.system-repository.ts',
    statement: /^select .* from "integrations" where \("org_id", "id"\) > \(\$1, \$2\)/,
    across: ['integrations'],
  },
  {
    file: 'src/modules/chatbots/chatbot-secrets.system-repository.ts',
    statement: /^select .* from "chatbots" where \("org_id", "id"\) > \(\$1, \$2\)/,
    across: ['chatbots'],
  },
  {
    file: 'src/modules/connections/zalo-tokens.system-repository.ts',
    statement:
      /^select "i"\."org_id", "i"\."id", "i"\."expires_at" from "integrations" as "i" inner join "organizations" /,
    across: ['integrations', 'organizations'],
  },
  {
    file: 'src/modules/connections/page-standing.system-repository.ts',
    statement: /^select "id" from "integrations" where "platform" = \$1 and "business_id" = \$2 and "is_active" = /,
    across: ['integrations'],
  },
  {
    file: 'src/modules/webhooks/channel-routes.system-repository.ts',
    statement: /^select "org_id", "id", "oa_id" from "integrations" where "platform" = \$1 and "business_id" = \$2/,
    across: ['integrations'],
  },
  {
    file: 'src/modules/media/media-keys.system-repository.ts',
    statement: /^\s*SELECT f\.storage_key FROM media_files f\s+LEFT JOIN messages m ON m\.org_id = f\.org_id/,
    across: ['media_files', 'messages'],
  },
  {
    file: 'src/modules/webhook-endpoints/endpoint-secrets.system-repository.ts',
    statement: /^select .* from "webhook_endpoints" where \("org_id", "id"\) > \(\$1, \$2\)/,
    across: ['webhook_endpoints'],
  },
  {
    file: 'src/modules/webhook-endpoints/webhook-deliveries.system-repository.ts',
    statement: /^DELETE FROM "public"\."webhook_deliveries" WHERE "public"\."webhook_deliveries"\."created_at" < \$1$/,
    across: ['webhook_deliveries'],
  },
  {
    file: 'src/modules/delivery/stray-messages.system-repository.ts',
    statement: /^\s*SELECT m\.org_id AS "orgId", m\.conversation_id AS "conversationId"\s+FROM messages m\s/,
    across: ['messages', 'organizations'],
  },
];
