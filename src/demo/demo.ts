import Table from 'cli-table3';
import { DEMO_ORGANIZATIONS, DEMO_PASSWORD, SUPER_ADMIN } from '../../prisma/demo-data.js';
import type { DemoOrganization } from '../../prisma/demo-data.js';
import { ApiClient } from './api-client.js';
import { showChannels } from './channels-demo.js';
import { because, DemoError } from './demo-error.js';
import { DeskClient } from './desk-client.js';
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

/** Where everything is. `appSecret`: what Messenger's bodies are signed with. */
export interface DemoSettings {
  url: string;
  deskUrl: string;
  appSecret: string;
}

/** Where no desk has a picture to be fetched. */
const PHOTO = 'https://cdn.example/photos/menu.jpg';

/** Customers write to both demo organizations, and everybody looks at what they can see; then one of them answers on all channels. */
export async function runDemo({ url, deskUrl, appSecret }: DemoSettings, say: (line: string) => void): Promise<void> {
  const anonymous = new ApiClient(url);
  const admins = await Promise.all(DEMO_ORGANIZATIONS.map((organization) => signIn(anonymous, organization, 'admin')));
  const desk = await DeskClient.at(deskUrl);
  await postMessenger(anonymous, { appSecret, photo: desk?.picture ?? PHOTO }, say);
  for (const [index, organization] of DEMO_ORGANIZATIONS.entries())
    say(await insideOf(anonymous, organization, admins, index));
  say(await fromAbove(await anonymous.signIn(SUPER_ADMIN.email, DEMO_PASSWORD)));
  say(desk ? await bothWays(anonymous, admins, desk) : nobodyAt(deskUrl));
}

async function postMessenger(
  anonymous: ApiClient,
  { appSecret, photo }: { appSecret: string; photo: string },
  say: (line: string) => void,
): Promise<void> {
  const events = DEMO_ORGANIZATIONS.flatMap((organization, index) => incoming(organization, index, photo));
  const { bytes, signature } = signedBody(events, appSecret);
  const pages = DEMO_ORGANIZATIONS.length;
  say(`Posting ${events.length} Messenger events of ${pages} pages in one signed body (${bytes.length} bytes)\n`);
  await anonymous
    .postRaw('/webhooks/facebook', bytes, { 'x-hub-signature-256': signature })
    .catch(because('The server and the demo need the same settings and DATA_DIR'));
}

function incoming({ page }: DemoOrganization, index: number, url: string): Incoming[] {
  const customer = `730055500000000${index}`;
  const photo = { type: 'image', payload: { url } };
  return [
    { page: page.oaId, customer, message: { attachments: [photo] } },
    { page: page.oaId, customer, postback: { title: 'Talk to a person', payload: 'HANDOFF' } },
    { page: page.oaId, customer, message: { text: `Xin chào ${page.name}! 👋 Còn chỗ tối nay không?` } },
  ];
}

async function bothWays(anonymous: ApiClient, [admin]: ApiClient[], desk: DeskClient): Promise<string> {
  const [organization] = DEMO_ORGANIZATIONS;
  if (!admin || !organization) throw new DemoError('The demo needs an organization');
  const agent = await signIn(anonymous, organization, 'agent');
  const table = await showChannels({ pageName: organization.page.name, admin, agent }, desk);
  return `\n${table}\nWrite as a customer yourself: ${desk.url}`;
}

function nobodyAt(deskUrl: string): string {
  const next = 'start npm run providers in another terminal, and run the demo again';
  return `\nNobody plays the providers at ${deskUrl}: to see Messenger, WhatsApp and Zalo both ways, ${next}.`;
}

async function signIn(
  anonymous: ApiClient,
  { displayName, users }: DemoOrganization,
  role: string,
): Promise<ApiClient> {
  const user = users.find((candidate) => candidate.role === role);
  if (!user) throw new DemoError(`${displayName} has no ${role}`);
  return anonymous.signIn(user.email, DEMO_PASSWORD).catch(because(`${user.email} of the demo cannot sign in`));
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
