import type { ChatbotModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownMap, ShownText, ShownTime } from '../../platform/http/view.js';
import { CHATBOT_TYPES, CONFIG_SCHEMAS, ConfigModels } from './config-field.js';

@ConfigModels()
export class ChatbotView {
  @ShownId() id!: string;
  @Shown() orgId!: string;
  @Shown() name!: string;
  @ShownText() description!: string | null;
  @Shown() isActive!: boolean;
  @ShownMap() settings!: unknown;
  @Shown({ type: String, enum: CHATBOT_TYPES, nullable: true, description: 'How it answers; null: a name only' })
  type!: string | null;

  @Shown({ anyOf: CONFIG_SCHEMAS, description: 'In the shape of its type; empty without' }) config!: unknown;
  @Shown({ description: "Whether it has the API key to its model's endpoint" }) hasApiKey!: boolean;
  @ShownId({ nullable: true, description: 'The API key that it writes with' }) apiKeyId!: string | null;
  @ShownId({ nullable: true, description: 'The user who made it' }) accountId!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export class ChatbotWithSecretView extends ChatbotView {
  @Shown({ required: false, description: 'What its webhook is signed with, where it is new. Shown this once' })
  secret?: string;
}

export function toChatbotView(chatbot: ChatbotModel): ChatbotView {
  const { id, orgId, name, description, isActive, settings, type, config, apiKeyId, accountId } = chatbot;
  return {
    ...{ id, orgId, name, description, isActive, settings, type, config, apiKeyId, accountId },
    hasApiKey: type === 'model' && chatbot.secret !== null,
    createdAt: chatbot.createdAt.toISOString(),
    updatedAt: chatbot.updatedAt.toISOString(),
  };
}

export function withSecret(view: ChatbotView, secret: string | null): ChatbotWithSecretView {
  return secret === null ? view : { ...view, secret };
}
