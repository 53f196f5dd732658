import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { ChatbotModel } from '../../platform/database/generated/prisma/models.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { OutboundHttp } from '../../platform/http/outbound/outbound-http.js';
import { creationOf, toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { ChatbotKeysService } from './chatbot-keys.service.js';
import { ChatbotSecrets } from './chatbot-secrets.js';
import { ChatbotChanged } from './chatbot.events.js';
import { toChatbotView, withSecret } from './chatbot.view.js';
import type { ChatbotView, ChatbotWithSecretView } from './chatbot.view.js';
import type { CreateChatbot, ListChatbots, UpdateChatbot } from './chatbots.dto.js';
import { ChatbotsRepository } from './chatbots.repository.js';
import { ConversationReleases } from './conversation-releases.service.js';
import { ModelConfig } from './model-config.dto.js';
import { WebhookConfig } from './webhook-config.dto.js';

@Injectable()
export class ChatbotsService {
  constructor(
    private readonly chatbots: ChatbotsRepository,
    private readonly secrets: ChatbotSecrets,
    private readonly keys: ChatbotKeysService,
    private readonly releases: ConversationReleases,
    private readonly http: OutboundHttp,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListChatbots): Promise<CursorPage<ChatbotView>> {
    const rows = await this.chatbots.list(query);
    return toCursorPage(rows, query.limit, creationOf, toChatbotView);
  }

  async get(id: string): Promise<ChatbotView> {
    return toChatbotView(found(await this.chatbots.find(id)));
  }

  async create(input: CreateChatbot): Promise<ChatbotWithSecretView> {
    this.assertReachable(input);
    const { accountId, orgId } = OrgContext;
    const id = uuidv7();
    const { row: secret, shown } = this.secrets.change({ orgId, id }, { type: null, config: {} }, input);
    return this.database.transaction(async () => {
      const created = await this.chatbots.create({ ...toRow(input), ...secret, name: input.name, id, accountId });
      await this.events.publish(new ChatbotChanged('created', id, changesBetween(null, created)));
      return withSecret(toChatbotView(created), shown);
    });
  }

  /** Where it answers no more from now on, its conversations are left to people. */
  async update(id: string, input: UpdateChatbot): Promise<ChatbotWithSecretView> {
    this.assertReachable(input);
    return this.database.transaction(async () => {
      await this.chatbots.lock(id);
      const before = found(await this.chatbots.find(id));
      const { row: secret, shown } = this.secrets.change(before, before, input);
      const after = found(await this.chatbots.update(id, { ...toRow(input), ...secret }));
      if (isAnswering(before) && !isAnswering(after)) await this.releases.plan(id, 'off');
      await this.events.publish(new ChatbotChanged('updated', id, changesBetween(before, after)));
      return withSecret(toChatbotView(after), shown);
    });
  }

  /** 409 `not_a_webhook` for a chatbot of another type. The old secret signs nothing any more. */
  async rotateSecret(id: string): Promise<ChatbotWithSecretView> {
    return this.database.transaction(async () => {
      const before = found(await this.chatbots.find(id));
      if (before.type !== 'webhook')
        throw new AppError('not_a_webhook', 409, 'Only a chatbot of type webhook has a secret of ours');
      const { row, shown } = this.secrets.sign(before);
      const after = found(await this.chatbots.update(id, row));
      await this.events.publish(new ChatbotChanged('updated', id, changesBetween(before, after)));
      return withSecret(toChatbotView(after), shown);
    });
  }

  /** Integrations and conversations that use it go on without one; its key ends. */
  async remove(id: string): Promise<ChatbotView> {
    return this.database.transaction(async () => {
      await this.chatbots.lock(id);
      const chatbot = found(await this.chatbots.find(id));
      if (isAnswering(chatbot)) await this.releases.plan(id, 'gone');
      await this.chatbots.detach(id);
      await this.chatbots.remove(id);
      await this.keys.revoke(chatbot.apiKeyId);
      await this.events.publish(new ChatbotChanged('deleted', id, changesBetween(chatbot, { name: null })));
      return toChatbotView(chatbot);
    });
  }

  /** 422 for an address that will be refused, where that can be told from it alone. */
  private assertReachable({ config }: UpdateChatbot): void {
    if (config instanceof WebhookConfig) this.assertAllowed('config.url', config.url);
    if (config instanceof ModelConfig) this.assertAllowed('config.endpoint', config.endpoint);
  }

  private assertAllowed(path: string, url: string): void {
    const fault = this.http.faultOf(url);
    if (fault !== null) throw AppError.invalidField(path, fault);
  }
}

function isAnswering({ isActive, type }: ChatbotModel): boolean {
  return isActive && type !== null;
}

/** A type comes with its config; without one there is nothing to answer by. */
function toRow({ name, description, isActive, settings, type, config }: UpdateChatbot) {
  return {
    ...{ name, description, isActive, type },
    ...(settings && { settings: settings as Prisma.InputJsonObject }),
    ...(type !== undefined && { config: (config ?? {}) as Prisma.InputJsonObject }), // A class of plain fields: JSON.
  };
}
