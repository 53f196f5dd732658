import { Flag, JsonMap, OneOf, Text } from '../../platform/http/fields.js';
import { CursorQuery } from '../../platform/http/pagination.js';
import { CHATBOT_TYPES, ConfigOfType } from './config-field.js';
import type { ChatbotConfig, ChatbotType } from './config-field.js';

export class ListChatbots extends CursorQuery {}

class ChatbotFields {
  @Text({ max: 2_000, optional: true, nullable: true }) description?: string | null;
  @Flag({ optional: true }) isActive?: boolean;
  @JsonMap({ optional: true }) settings?: Record<string, unknown>;
  @OneOf(CHATBOT_TYPES, {
    optional: true,
    nullable: true,
    description: 'How it answers; null: it is a name only, and people answer',
  })
  type?: ChatbotType | null;

  @ConfigOfType() config?: ChatbotConfig;
  @Text({ max: 4_096, optional: true, nullable: true, description: 'To the endpoint of a model; never shown' })
  apiKey?: string | null;
}

export class CreateChatbot extends ChatbotFields {
  @Text() name!: string;
}

export class UpdateChatbot extends ChatbotFields {
  @Text({ optional: true }) name?: string;
}
