import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { found } from '../../platform/http/app-error.js';
import { toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { ChatbotChanged } from './chatbot.events.js';
import { toChatbotView } from './chatbot.view.js';
import type { ChatbotView } from './chatbot.view.js';
import type { CreateChatbot, ListChatbots, UpdateChatbot } from './chatbots.dto.js';
import { ChatbotsRepository } from './chatbots.repository.js';

@Injectable()
export class ChatbotsService {
  constructor(
    private readonly chatbots: ChatbotsRepository,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListChatbots): Promise<CursorPage<ChatbotView>> {
    const rows = await this.chatbots.list(query);
    return toCursorPage(rows, query.limit, ({ createdAt, id }) => ({ at: createdAt.toISOString(), id }), toChatbotView);
  }

  async get(id: string): Promise<ChatbotView> {
    return toChatbotView(found(await this.chatbots.find(id)));
  }

  async create(input: CreateChatbot): Promise<ChatbotView> {
    const { accountId } = OrgContext;
    return this.database.transaction(async () => {
      const created = await this.chatbots.create({ ...toRow(input), id: uuidv7(), accountId });
      await this.events.publish(new ChatbotChanged('created', created.id, changesBetween(null, created)));
      return toChatbotView(created);
    });
  }

  async update(id: string, input: UpdateChatbot): Promise<ChatbotView> {
    return this.database.transaction(async () => {
      const before = found(await this.chatbots.find(id));
      const after = found(await this.chatbots.update(id, toRow(input)));
      await this.events.publish(new ChatbotChanged('updated', id, changesBetween(before, after)));
      return toChatbotView(after);
    });
  }

  /** Integrations and conversations that use it go on without one. */
  async remove(id: string): Promise<ChatbotView> {
    return this.database.transaction(async () => {
      await this.chatbots.lock(id);
      const chatbot = found(await this.chatbots.find(id));
      await this.chatbots.detach(id);
      await this.chatbots.remove(id);
      await this.events.publish(new ChatbotChanged('deleted', id, changesBetween(chatbot, { name: null })));
      return toChatbotView(chatbot);
    });
  }
}

function toRow<T extends UpdateChatbot>({ settings, ...plain }: T) {
  return { ...plain, ...(settings && { settings: settings as Prisma.InputJsonObject }) };
}
