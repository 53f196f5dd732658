import { Injectable } from '@nestjs/common';
import { found } from '../../platform/http/app-error.js';
import { AnsweringBotsRepository } from './answering-bots.repository.js';
import { ChatbotSecrets } from './chatbot-secrets.js';
import type { ModelConfig } from './model-config.dto.js';
import type { RulesConfig } from './rules-config.dto.js';
import type { WebhookConfig } from './webhook-config.dto.js';

/** How a chatbot answers. */
export type Manner =
  | { type: 'rules'; config: RulesConfig }
  | { type: 'webhook'; config: WebhookConfig }
  | { type: 'model'; config: ModelConfig };

/** A chatbot that is more than a name. Where it is not active it answers nobody. */
export interface AnsweringBot {
  id: string;
  name: string;
  isActive: boolean;
  manner: Manner;
}

/** What those who let chatbots answer need of them. */
@Injectable()
export class AnsweringBotsService {
  constructor(
    private readonly bots: AnsweringBotsRepository,
    private readonly secrets: ChatbotSecrets,
  ) {}

  /** Whether the bound organization has one, active or not. */
  hasAny(): Promise<boolean> {
    return this.bots.hasAny();
  }

  /** Null for one that is a name only, or gone. */
  async find(id: string): Promise<AnsweringBot | null> {
    const bot = await this.bots.find(id);
    if (!bot) return null;
    const { name, isActive, type, config } = bot;
    return { id, name, isActive, manner: { type, config } as Manner }; // Checked against its type's class before it was kept.
  }

  /** Its signing secret, or the API key to its model's endpoint. Throws UnknownKeyError or DamagedSecretError. */
  async secretOf(id: string): Promise<string | null> {
    return this.secrets.open(found(await this.bots.find(id)));
  }

  /** The tokens that its model has used today (UTC). */
  spentToday(id: string): Promise<number> {
    return this.bots.spentOn(id, today());
  }

  spend(id: string, tokens: number): Promise<void> {
    return this.bots.spend(id, today(), tokens);
  }
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
