import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { ConversationUpdated } from '../conversations/conversation.events.js';
import { ReleasedConversationsRepository } from './released-conversations.repository.js';

const TASK = 'release-conversations';
const AT_ONCE = 200;

/** Why people have a conversation now, for those people. */
const REASONS = { off: 'The chatbot is switched off', gone: 'The chatbot was deleted' };
type Why = keyof typeof REASONS;

/** What a job says. */
type Release = { chatbotId: string; why: Why; conversationIds: string[] };

/**
 * Leaves the conversations of a chatbot that answers no more to people. They may be thousands, and everybody hears of each: so
 * it is done by jobs, so many at a time.
 */
@Injectable()
export class ConversationReleases implements OnModuleInit {
  constructor(
    private readonly conversations: ReleasedConversationsRepository,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(TASK, (payload) => this.release(payload)); // As `plan` adds it.
  }

  /** To be called in the transaction in which it ends to answer, while it still has them. */
  async plan(chatbotId: string, why: Why): Promise<void> {
    const ids = await this.conversations.answeredBy(chatbotId);
    for (let at = 0; at < ids.length; at += AT_ONCE)
      await this.jobs.add(TASK, { chatbotId, why, conversationIds: ids.slice(at, at + AT_ONCE) } satisfies Release);
  }

  /** Done twice, it finds nothing the second time. */
  private async release({ chatbotId, why = 'off', conversationIds = [] }: Partial<Release>): Promise<void> {
    if (chatbotId === undefined || conversationIds.length === 0) return;
    const changes = changesBetween({ status: 'pending' }, { status: 'open', handoffReason: REASONS[why] });
    await OrgContext.runAsSystem(OrgContext.orgId, 'chatbots', () =>
      this.database.transaction(async () => {
        for (const id of await this.conversations.open(chatbotId, conversationIds))
          await this.events.publish(new ConversationUpdated(id, changes));
      }),
    );
  }
}
