import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { CustomerCreated } from '../customers/customer.events.js';
import { CustomersService } from '../customers/customers.service.js';
import { assertTurn, comesToChatbot, takenOver } from './chatbot-turn.js';
import type { ConnectedPage } from './connected-page.js';
import { ConversationLinksRepository } from './conversation-links.repository.js';
import { ConversationOpeningRepository } from './conversation-opening.repository.js';
import type { NewCustomer } from './conversation-opening.repository.js';
import { ConversationCreated, ConversationUpdated } from './conversation.events.js';
import { toConversationView } from './conversation.view.js';
import type { ConversationRow, ConversationView, ReadView } from './conversation.view.js';
import type { ListConversations, UpdateConversation } from './conversations.dto.js';
import { ConversationsRepository } from './conversations.repository.js';
import type { LockedConversation } from './conversations.repository.js';

@Injectable()
export class ConversationsService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly openings: ConversationOpeningRepository,
    private readonly links: ConversationLinksRepository,
    private readonly customers: CustomersService,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListConversations): Promise<CursorPage<ConversationView>> {
    const rows = await this.conversations.list(query);
    return toCursorPage(rows, query.limit, ({ lastActivityAt: at, id }) => ({ at, id }), toConversationView);
  }

  async get(id: string): Promise<ConversationView> {
    return toConversationView(found(await this.conversations.find(id)));
  }

  /** Writes only what is different from before. 422 for an assignee or a chatbot that this organization does not have. */
  async update(id: string, input: UpdateConversation): Promise<ConversationView> {
    return this.database.transaction(async () => {
      const before = found(await this.conversations.find(id));
      assertTurn(before);
      const changed = takenOver(before, differing(before, input));
      await this.assertLinks(changed);
      if (Object.keys(changed).length > 0) await this.write(before, changed);
      return this.get(id);
    });
  }

  /** Whatever arrives while this happens stays unread. */
  async markRead(id: string): Promise<ReadView> {
    return this.database.transaction(async () => {
      const before = await this.takeTurn(id);
      const updated = await this.conversations.markRead(id);
      const changes = changesBetween({ unreadCount: before.unreadCount }, { unreadCount: 0 });
      if (before.unreadCount > 0) await this.events.publish(new ConversationUpdated(id, changes));
      return { updated };
    });
  }

  /**
   * Locks a conversation that somebody is about to change: until the transaction ends nobody else does. To be called by
   * whatever writes in one, or beside one. 404 where there is none, 409 `not_its_conversation` for a chatbot that does not
   * have it.
   */
  async takeTurn(id: string): Promise<LockedConversation> {
    const conversation = found(await this.conversations.lock(id));
    assertTurn(conversation);
    return conversation;
  }

  /** From here to the end of the transaction this customer's conversation with the page is not opened by anybody else. */
  lockOpening(page: ConnectedPage, customerExternalId: string): Promise<void> {
    return this.openings.lock(page, customerExternalId);
  }

  /** Makes sure that a customer has a conversation with a page. `at` is when they first had words. */
  async open(page: ConnectedPage, customer: NewCustomer, at: Date): Promise<void> {
    await this.lockOpening(page, customer.externalId);
    const opened = await this.openings.open(page, customer, at);
    if (!opened) return;
    if (opened.isNewCustomer) await this.events.publish(new CustomerCreated(opened.customerId));
    await this.events.publish(new ConversationCreated(opened.id));
  }

  /** A foreign user or chatbot is refused in the same words as one that does not exist. */
  private async assertLinks({ assigneeId, chatbotId }: UpdateConversation): Promise<void> {
    if (assigneeId && !(await this.links.isActiveUser(assigneeId)))
      throw AppError.invalidField('assigneeId', 'must be an active user of this organization');
    if (chatbotId && !(await this.links.isChatbot(chatbotId)))
      throw AppError.invalidField('chatbotId', 'must be a chatbot of this organization');
  }

  /** The customer before the conversation, as inbound messages lock them: otherwise two could wait for each other. */
  private async write(before: ConversationRow, changed: UpdateConversation): Promise<void> {
    const { nickName, ...own } = changed;
    if (nickName !== undefined) await this.customers.setNickName(before.customerId, nickName);
    const beginning = comesToChatbot(own) ? await this.conversations.beginning(before.id) : {};
    if (Object.keys(own).length > 0) await this.conversations.update(before.id, { ...own, ...beginning });
    await this.events.publish(new ConversationUpdated(before.id, changesBetween(before, changed)));
  }
}

function differing(before: ConversationRow, input: UpdateConversation): UpdateConversation {
  const { status, assigneeId, nickName, chatbotId } = input;
  return {
    ...(status !== undefined && status !== before.status && { status }),
    ...(assigneeId !== undefined && assigneeId !== before.assigneeId && { assigneeId }),
    ...(nickName !== undefined && nickName !== before.nickName && { nickName }),
    ...(chatbotId !== undefined && chatbotId !== before.chatbotId && { chatbotId }),
  };
}
