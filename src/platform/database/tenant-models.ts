/** Models whose rows belong to one organization. `tenant-models.spec.ts` holds this list against schema and database. */
export const TENANT_MODELS = [
  'OrganizationName',
  'User',
  'RefreshToken',
  'Invitation',
  'ApiKey',
  'ApiKeyRoute',
  'AuditEntry',
  'Customer',
  'Conversation',
  'Message',
  'Integration',
  'ChannelRoute',
  'ChannelEvent',
  'Chatbot',
] as const;

/** Tables with an organization's rows, children before parents: the order in which an organization is erased. */
export const TENANT_TABLES = [
  'channel_routes',
  'api_key_routes',
  'channel_events',
  'messages',
  'conversations',
  'customers',
  'integrations',
  'chatbots',
  'refresh_tokens',
  'invitations',
  'api_keys',
  'audit_entries',
  'users',
  'organization_names',
] as const;

export type TenantTable = (typeof TENANT_TABLES)[number];
