import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import type { ApiClient } from './api-client.js';
import { CHANNELS } from './channels.js';
import type { Channel } from './channels.js';
import { because, DemoError } from './demo-error.js';
import { SAME_SETTINGS } from './desk-client.js';
import type { DeskClient, DeskPage } from './desk-client.js';

/** Who answers, and where: an organization's people and the name of its pages. */
export interface Answering {
  pageName: string;
  admin: ApiClient;
  agent: ApiClient;
}

interface Message {
  id: string;
  text: string | null;
  status: string;
  error?: { message: string };
  providerMessageId: string | null;
}

const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 200;

/** On every channel a customer writes, an agent answers, and the customer reads it. */
export async function showChannels(who: Answering, desk: DeskClient): Promise<string> {
  const head = ['Channel', 'The customer wrote', 'The agent answered', "The customer's phone shows", 'Status'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const channel of CHANNELS) table.push(await rowOf(channel, who, desk));
  return `${who.pageName}: there and back on every channel\n${table.toString()}`;
}

async function rowOf(channel: Channel, { pageName, admin, agent }: Answering, desk: DeskClient): Promise<string[]> {
  const { name, platform, customer } = channel;
  const page = desk.page(platform, pageName);
  await channel.connect(page, admin, desk).catch(because(`${name} cannot be connected: ${SAME_SETTINGS}`));
  const written = await desk.write(page, customer, channel.question);
  const [conversationId, received] = await arrival(agent, page, written, name);
  const { id } = await agent.post<Message>(`/conversations/${conversationId}/messages`, { text: channel.answer });
  const delivered = await reached(agent, conversationId, id, ['delivered', 'read']);
  const shown = (await desk.phoneOf(page, customer)).find((entry) => entry.id === delivered.providerMessageId);
  await desk.read(page, customer);
  const read = await reached(agent, conversationId, id, ['read']);
  const statuses = [...new Set([delivered.status, read.status])].join(', ');
  return [name, received.text ?? '', read.text ?? '', shown?.text ?? '(nothing)', statuses];
}

/** The conversation that a customer's message has come to, and the message. */
async function arrival(
  agent: ApiClient,
  { oaId }: DeskPage,
  providerMessageId: string,
  name: string,
): Promise<[string, Message]> {
  const look = async (): Promise<[string, Message] | undefined> => {
    const [newest] = await agent.get<{ id: string }[]>(`/conversations?oaId=${oaId}&limit=1`);
    const message = newest && (await messagesIn(agent, newest.id)).find(isCalled(providerMessageId));
    return message && [newest.id, message];
  };
  return until(look, `What the customer wrote on ${name} has not come to Polydesk: ${SAME_SETTINGS}`);
}

async function reached(agent: ApiClient, conversationId: string, id: string, statuses: string[]): Promise<Message> {
  const look = async () => {
    const message = (await messagesIn(agent, conversationId)).find((candidate) => candidate.id === id);
    if (message?.error) throw new DemoError(`The answer did not arrive: ${message.error.message}`);
    return message && statuses.includes(message.status) ? message : undefined;
  };
  return until(look, `The answer is not ${statuses.join(' or ')} yet: what npm start says tells why`);
}

function messagesIn(agent: ApiClient, conversationId: string): Promise<Message[]> {
  return agent.get<Message[]>(`/conversations/${conversationId}/messages`);
}

function isCalled(wanted: string) {
  return ({ providerMessageId }: Message) => providerMessageId === wanted;
}

async function until<T>(look: () => Promise<T | undefined>, late: string): Promise<T> {
  const limit = Date.now() + PATIENCE_MS;
  while (Date.now() < limit) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(LOOK_EVERY_MS);
  }
  throw new DemoError(late);
}
