import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { pageBody } from './facebook-sender.js';
import { OtherServer } from './model-stub.js';
import type { TestOrganization } from './test-organization.js';
import { World } from './world.js';

const PATIENCE_MS = 20_000;

interface Shown {
  id: string;
  direction: string;
  senderType: string;
  senderId: string;
  text: string | null;
  metadata: Record<string, unknown>;
}

/** A world in which jobs are worked on, and what is sent is taken by a Graph API that says yes to everything. */
export class AnsweringWorld {
  private constructor(
    readonly world: World,
    private readonly graph: OtherServer,
  ) {}

  static async start(): Promise<AnsweringWorld> {
    const graph = await OtherServer.start((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ recipient_id: '1', message_id: `m_${randomUUID()}`, success: true }));
    });
    const networks = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', FACEBOOK_GRAPH_URL: graph.url };
    return new AnsweringWorld(await World.start({ RUN_JOBS: 'true', ...networks }), graph);
  }

  async stop(): Promise<void> {
    await this.world.stop();
    await this.graph.stop();
  }

  /** A customer in front of a page that a new chatbot answers on. */
  async customer(organization: TestOrganization, bot: object): Promise<ChatbotCustomer> {
    const { body } = await organization.post('/chatbots', { name: 'Bot', ...bot }).expect(201);
    const oaId = await organization.page();
    const { body: pages } = await organization.get('/integrations').expect(200);
    const page = pages.data.find((listed: { oaId: string }) => listed.oaId === oaId);
    await organization.patch(`/integrations/${page.id}`, { chatbotId: body.data.id }).expect(200);
    return new ChatbotCustomer(this.world, organization, body.data, oaId);
  }
}

/** One conversation between a customer and a chatbot. */
export class ChatbotCustomer {
  private readonly customerId = String(randomInt(1e12, 9e13));

  constructor(
    private readonly world: World,
    private readonly organization: TestOrganization,
    readonly bot: { id: string; secret: string },
    readonly oaId: string,
  ) {}

  async writes(text: string): Promise<void> {
    await this.world.facebook.text(this.oaId, this.customerId, text);
  }

  /** Somebody writes to them as the page, elsewhere. */
  async isWrittenTo(text: string): Promise<void> {
    const ends = { sender: { id: this.oaId }, recipient: { id: this.customerId }, timestamp: Date.now() };
    const message = { is_echo: true, mid: `m_${randomUUID()}`, text, app_id: 1 };
    await this.world.facebook.post(pageBody(this.oaId, [{ ...ends, message }])).expect(200);
  }

  async conversation(): Promise<{ id: string; status: string; chatbotId: string | null }> {
    const { body } = await this.organization.get(`/conversations?oaId=${this.oaId}`).expect(200);
    return body.data[0];
  }

  async patch(change: object): Promise<void> {
    await this.organization.patch(`/conversations/${(await this.conversation()).id}`, change).expect(200);
  }

  /** All messages, oldest first. */
  async messages(): Promise<Shown[]> {
    const { body } = await this.organization.get(`/conversations/${(await this.conversation()).id}/messages?limit=100`);
    return body.data.toReversed();
  }

  async answers(): Promise<Shown[]> {
    return (await this.messages()).filter(({ direction }) => direction === 'out');
  }

  /** The texts of so many answers, once they are there. */
  async answered(count: number): Promise<(string | null)[]> {
    const all = await eventually(
      () => this.answers(),
      ({ length }) => length >= count,
    );
    return all.map(({ text }) => text);
  }

  /** Waits until people have the conversation; resolves with why. */
  async handedOver(): Promise<string> {
    const { id } = await eventually(
      () => this.conversation(),
      ({ status }) => status === 'open',
    );
    const { body } = await this.organization.get('/audit-logs?targetType=conversation').expect(200);
    const entries = body.data.filter(({ targetId }: { targetId: string }) => targetId === id);
    return entries.find(({ changes }: { changes: object }) => 'handoffReason' in changes).changes.handoffReason.to;
  }

  /** Waits until nothing is left to do. */
  async settled(tasks = ['follow', 'answer']): Promise<void> {
    await eventually(
      () =>
        this.world.database.rows<{ task: string }>(
          'SELECT task_identifier AS task FROM graphile_worker.jobs WHERE run_at <= now()',
        ),
      (jobs) => jobs.every(({ task }) => !tasks.includes(task)),
    );
  }
}

/** Looks until what is seen is right. */
export async function eventually<T>(look: () => Promise<T>, isRight: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    if (Date.now() > end) throw new Error(`It did not come to this in ${PATIENCE_MS} ms: ${JSON.stringify(seen)}`);
    await delay(50);
  }
}
