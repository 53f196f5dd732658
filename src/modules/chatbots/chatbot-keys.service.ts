import { Injectable } from '@nestjs/common';
import type { Scope } from '../../platform/context/permissions.js';
import { Database } from '../../platform/database/database.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { found } from '../../platform/http/app-error.js';
import type { NewApiKeyView } from '../api-keys/api-key.view.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { ChatbotChanged } from './chatbot.events.js';
import { ChatbotsRepository } from './chatbots.repository.js';

/** What a chatbot may do outside of Polydesk; what it writes, only in the conversations that it has. */
const SCOPES: Scope[] = ['conversations:read', 'conversations:write', 'messages:read', 'messages:write'];

/** The keys that chatbots write with: one each. */
@Injectable()
export class ChatbotKeysService {
  constructor(
    private readonly chatbots: ChatbotsRepository,
    private readonly keys: ApiKeysService,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** A new one, in place of the one that it had. */
  async replace(chatbotId: string): Promise<NewApiKeyView> {
    return this.database.transaction(async () => {
      await this.chatbots.lock(chatbotId);
      const before = found(await this.chatbots.find(chatbotId));
      await this.revoke(before.apiKeyId);
      const key = await this.keys.create({ name: `Chatbot ${before.name}`.slice(0, 255), scopes: SCOPES });
      const after = found(await this.chatbots.update(chatbotId, { apiKeyId: key.id }));
      await this.events.publish(new ChatbotChanged('updated', chatbotId, changesBetween(before, after)));
      return key;
    });
  }

  async revoke(apiKeyId: string | null): Promise<void> {
    if (apiKeyId !== null) await this.keys.revoke(apiKeyId);
  }
}
