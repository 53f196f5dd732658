import Table from 'cli-table3';
import { DEMO_ORGANIZATIONS, DEMO_PASSWORD, SUPER_ADMIN } from '../../prisma/demo-data.js';
import type { DemoOrganization } from '../../prisma/demo-data.js';
import { ApiClient, DemoError } from './api-client.js';
import { signedBody } from './messenger-bodies.js';
import type { Incoming } from './messenger-bodies.js';

interface Conversation {
  id: string;
  unreadCount: number;
  customer: { externalId: string };
  lastMessage: { text: string | null } | null;
}

/** A caller of the demo, and what the other organization's conversations are to them. */
interface Viewer {
  name: string;
  client: ApiClient;
}

/** Customers write to the pages of both demo organizations; then everybody looks at what they can see. */
export async function runDemo(url: string, appSecret: string, say: (line: string) => void): Promise<void> {
  const anonymous = new ApiClient(url);
  const admins = await Promise.all(DEMO_ORGANIZATIONS.map((organization) => signIn(anonymous, organization, 'admin')));
  const events = DEMO_ORGANIZATIONS.flatMap((organization, index) => incoming(organization, index));
  const { bytes, signature } = signedBody(events, appSecret);
  say(
    `Posting ${events.length} Messenger events of ${admins.length} pages in one signed body (${bytes.length} bytes)\n`,
  );
  await anonymous.postRaw('/webhooks/facebook', bytes, { 'x-hub-signature-256': signature });
  for (const [index, organization] of DEMO_ORGANIZATIONS.entries())
    say(await insideOf(anonymous, organization, admins, index));
  say(await fromAbove(await anonymous.signIn(SUPER_ADMIN.email, DEMO_PASSWORD)));
}

function incoming({ page }: DemoOrganization, index: number): Incoming[] {
  const customer = `730055500000000${index}`;
  const photo = { type: 'image', payload: { url: 'https://cdn.example/photos/menu.jpg' } };
  return [
    { page: page.oaId, customer, message: { attachments: [photo] } },
    { page: page.oaId, customer, postback: { title: 'Talk to a person', payload: 'HANDOFF' } },
    { page: page.oaId, customer, message: { text: `Xin chào ${page.name}! 👋 Còn chỗ tối nay không?` } },
  ];
}

async function signIn(
  anonymous: ApiClient,
  { displayName, users }: DemoOrganization,
  role: string,
): Promise<ApiClient> {
  const user = users.find((candidate) => candidate.role === role);
  if (!user) throw new DemoError(`${displayName} has no ${role}`);
  return anonymous.signIn(user.email, DEMO_PASSWORD);
}

/** What the people and a partner's key of one organization see, and what they get of the other's newest conversation. */
async function insideOf(
  anonymous: ApiClient,
  organization: DemoOrganization,
  admins: ApiClient[],
  index: number,
): Promise<string> {
  const [admin, stranger] = [admins[index], admins[(index + 1) % admins.length]];
  if (!admin || !stranger) throw new DemoError('The demo needs two organizations');
  const [foreign] = await stranger.get<Conversation[]>('/conversations?limit=1');
  const key = await admin.post<{ id: string; key: string }>('/api-keys', {
    name: 'Demo',
    scopes: ['conversations:read'],
  });
  const viewers: Viewer[] = [
    { name: 'admin', client: admin },
    { name: 'agent', client: await signIn(anonymous, organization, 'agent') },
    { name: 'API key', client: anonymous.withKey(key.key) },
  ];
  const table = new Table({
    head: ['Who', 'Conversations', 'Unread', 'Newest message', "The other's newest"],
    style: { head: [], border: [] },
  });
  for (const viewer of viewers) table.push(await rowOf(viewer, foreign?.id ?? ''));
  await admin.delete(`/api-keys/${key.id}`);
  return `${organization.displayName}\n${table.toString()}\n`;
}

async function rowOf({ name, client }: Viewer, foreignId: string): Promise<(string | number)[]> {
  const conversations = await client.get<Conversation[]>('/conversations?limit=100');
  const unread = conversations.reduce((sum, { unreadCount }) => sum + unreadCount, 0);
  const newest = conversations[0]?.lastMessage?.text ?? '(attachment)';
  return [name, conversations.length, unread, newest, await client.status(`/conversations/${foreignId}`)];
}

async function fromAbove(superAdmin: ApiClient): Promise<string> {
  const organizations =
    await superAdmin.get<{ id: string; displayName: string | null; name: string }[]>('/organizations');
  const table = new Table({
    head: ['Organization', 'Users', 'Customers', 'Conversations', 'Messages'],
    style: { head: [], border: [] },
  });
  for (const { id, name, displayName } of organizations) {
    const { stats } = await superAdmin.get<{ stats: Record<string, number> }>(`/organizations/${id}/stats`);
    const { totalUsers = 0, totalCustomers = 0, totalConversations = 0, totalMessages = 0 } = stats;
    table.push([displayName ?? name, totalUsers, totalCustomers, totalConversations, totalMessages]);
  }
  return `Super admin: all organizations, and only numbers of them until switching into one\n${table.toString()}`;
}
