import type { ChatbotModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownMap, ShownText, ShownTime } from '../../platform/http/view.js';

export class ChatbotView {
  @ShownId() id!: string;
  @Shown() orgId!: string;
  @Shown() name!: string;
  @ShownText() description!: string | null;
  @Shown() isActive!: boolean;
  @ShownMap() settings!: unknown;
  @ShownId({ nullable: true, description: 'The user who made it' }) accountId!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export function toChatbotView(chatbot: ChatbotModel): ChatbotView {
  const { id, orgId, name, description, isActive, settings, accountId } = chatbot;
  const [createdAt, updatedAt] = [chatbot.createdAt.toISOString(), chatbot.updatedAt.toISOString()];
  return { id, orgId, name, description, isActive, settings, accountId, createdAt, updatedAt };
}
