import { PLATFORMS } from '../../channels/channel.js';
import { Flag, Id, OneOf, Text } from '../../platform/http/fields.js';
import { CursorQuery } from '../../platform/http/pagination.js';
import { STATUSES } from './conversation.view.js';

export class ListConversations extends CursorQuery {
  @OneOf(STATUSES, { optional: true }) status?: string;
  @OneOf(PLATFORMS, { optional: true }) platform?: string;
  @Text({ optional: true, description: "The provider's id of a page" }) oaId?: string;
  @Id({ optional: true }) integrationId?: string;
  @Id({ optional: true }) assigneeId?: string;
  @Id({ optional: true }) chatbotId?: string;
  @Id({ optional: true, description: 'Only those that have this label' }) labelId?: string;
  @Flag({ optional: true, description: 'Whether anything in it is unread' }) unread?: boolean;
  @Text({ optional: true, description: "In the customer's names and id, and in the last message" }) search?: string;
}

export class UpdateConversation {
  @OneOf(STATUSES, { optional: true }) status?: string;
  @Id({ optional: true, nullable: true, description: 'An active user' }) assigneeId?: string | null;
  @Text({ optional: true, nullable: true, description: 'What you call the customer' }) nickName?: string | null;
  @Id({ optional: true, nullable: true }) chatbotId?: string | null;
}
