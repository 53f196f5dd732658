import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { LocalServer } from './local-server.js';

interface Body {
  type?: string;
  timestamp?: string;
  data?: { conversation: { id: string }; message: { id: string; text: string } };
  model?: string;
  messages: { role: string; content: string }[];
  tools: { function: { name: string } }[];
}

/** A request that an endpoint was sent. */
export interface Heard {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  raw: string;
  /** Parsed. */
  body: Body;
}

/** How a stub answers one request. */
export type Reply = (heard: Heard, response: ServerResponse) => void | Promise<void>;

/** A server of somebody else, over real HTTP: it keeps what it hears, and answers as it is told. */
export class OtherServer {
  readonly heard: Heard[] = [];
  private readonly replies: Reply[] = [];

  protected constructor(
    private readonly server: LocalServer,
    private readonly usual: Reply,
  ) {}

  static async start(usual: Reply = (_, response) => void response.end()): Promise<OtherServer> {
    return listening((server) => new OtherServer(server, usual));
  }

  get url(): string {
    return this.server.url;
  }

  /** Answers the next request like this, and only it. */
  next(reply: Reply): void {
    this.replies.push(reply);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await text(request);
    const heard = { path: request.url ?? '', headers: request.headers, raw, body: raw === '' ? null : JSON.parse(raw) };
    this.heard.push(heard);
    await (this.replies.shift() ?? this.usual)(heard, response);
  }
}

/** An OpenAI-compatible endpoint. */
export class ModelStub extends OtherServer {
  static override async start(): Promise<ModelStub> {
    return listening((server) => new ModelStub(server, says('I am a model')));
  }

  get endpoint(): string {
    return `${this.url}/v1`;
  }
}

/** A text answer. */
export const says = (text: string | null, more: object = {}, finish = 'stop', tokens = 10): Reply =>
  completion({ role: 'assistant', content: text, ...more }, finish, tokens);

/** A tool call, with whatever arguments. */
export const calls = (name: string, given: string, text: string | null = null): Reply => {
  const call = { id: 'call_1', type: 'function', function: { name, arguments: given } };
  return completion({ role: 'assistant', content: text, tool_calls: [call] }, 'tool_calls', 10);
};

export const fails = (status: number): Reply => raw(JSON.stringify({ error: { message: 'secret inside' } }), status);

export const raw =
  (body: string, status = 200): Reply =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body);

/** Takes the request, and says nothing. */
export const hangs = (): Reply => () => undefined;

function completion(message: object, finish: string, tokens: number): Reply {
  const choices = [{ index: 0, message, finish_reason: finish }];
  return raw(JSON.stringify({ id: 'x', object: 'chat.completion', choices, usage: { total_tokens: tokens } }));
}

async function listening<T extends OtherServer>(make: (server: LocalServer) => T): Promise<T> {
  const stub = make(await LocalServer.start((request, response) => void stub.take(request, response)));
  return stub;
}
