/**
 * A provider that costs next to nothing: takes what is sent to `/me/messages`, and answers as the Graph API does. It says at
 * `/received` how many requests came, and how many messages they were of.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

interface Sent {
  recipient: { id: string };
  message: { metadata: string };
}

/** Longer than any pause between rounds: no connection ends while somebody writes on it. */
const KEEP_ALIVE_MS = 600_000;

let requests = 0;
const messages = new Set<string>();

const server = createServer((request, response) => void answer(request, response));
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(Number(process.env['PORT']), '127.0.0.1');

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = request.method === 'POST' ? taken(await text(request)) : { requests, messages: messages.size };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function taken(body: string): object {
  const { recipient, message } = JSON.parse(body) as Sent;
  requests += 1;
  messages.add(message.metadata);
  return { recipient_id: recipient.id, message_id: `m_${message.metadata}` };
}
