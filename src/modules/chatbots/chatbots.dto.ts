import { Flag, JsonMap, Text } from '../../platform/http/fields.js';
import { CursorQuery } from '../../platform/http/pagination.js';

export class ListChatbots extends CursorQuery {}

class ChatbotFields {
  @Text({ max: 2_000, optional: true, nullable: true }) description?: string | null;
  @Flag({ optional: true }) isActive?: boolean;
  @JsonMap({ optional: true }) settings?: Record<string, unknown>;
}

export class CreateChatbot extends ChatbotFields {
  @Text() name!: string;
}

export class UpdateChatbot extends ChatbotFields {
  @Text({ optional: true }) name?: string;
}
