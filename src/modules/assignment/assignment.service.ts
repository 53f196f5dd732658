import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { Changes, DomainEvent } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { Followers } from '../../platform/events/followers.js';
import type { FollowedEvent, Follower } from '../../platform/events/followers.js';
import { ConversationCreated, ConversationUpdated } from '../conversations/conversation.events.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { MessageReceived } from '../messages/message.events.js';
import { OrganizationChanged } from '../organizations/organization.events.js';
import { UserChanged } from '../users/user.events.js';
import { AssignmentRepository } from './assignment.repository.js';

/** Gives conversations that are open and nobody's to agents, by the rule that the organization has set. */
@Injectable()
export class AssignmentService implements Follower, OnModuleInit {
  readonly name = 'assignment';

  constructor(
    private readonly assignments: AssignmentRepository,
    private readonly conversations: ConversationsService,
    private readonly database: Database,
    private readonly events: Events,
    private readonly followers: Followers,
  ) {}

  onModuleInit(): void {
    this.followers.register(this);
    this.events.on(OrganizationChanged, () => this.followers.forget());
    this.events.recordAll(async (event) => {
      if (event instanceof UserChanged && event.verb === 'deactivated') await this.release(event.target.id);
    });
  }

  concerns(event: DomainEvent): boolean {
    if (event instanceof ConversationUpdated) return opens(event.changes) || frees(event.changes);
    return event instanceof ConversationCreated || event instanceof MessageReceived;
  }

  async isWanted(): Promise<boolean> {
    return (await this.assignments.rule()) !== 'manual';
  }

  async follow(event: FollowedEvent): Promise<void> {
    const conversationId = await this.waitingAfter(event);
    if (conversationId !== null) await this.handOut(conversationId);
  }

  /** Users are locked before conversations, here as wherever people assign them by hand. */
  private handOut(conversationId: string): Promise<void> {
    return this.database.transaction(async () => {
      const rule = await this.assignments.rule();
      if (rule === 'manual' || !(await this.assignments.isWaiting(conversationId))) return;
      await this.assignments.takeTurn();
      const assigneeId = await this.assignments.nextAgent(rule);
      if (assigneeId === null || !(await this.assignments.holdWaiting(conversationId))) return;
      await this.assignments.noteTurn(assigneeId);
      await this.conversations.update(conversationId, { assigneeId });
    });
  }

  /**
   * The conversation that an event leaves waiting for somebody. Where a person took it from its assignee by hand, they want it
   * to be nobody's: until the customer writes again.
   */
  private async waitingAfter({ name, target, changes }: FollowedEvent): Promise<string | null> {
    if (name === 'message.created') return this.assignments.waitingSince(target.id);
    if (name === 'conversation.created') return target.id;
    if (name !== 'conversation.updated') return null;
    const isHandedOn = frees(changes) && !(await this.assignments.isActive(String(changes['assigneeId']?.from)));
    return opens(changes) || isHandedOn ? target.id : null;
  }

  /** Where somebody leaves, what they had is nobody's; whether it is handed on follows from that. */
  private async release(userId: string): Promise<void> {
    for (const id of await this.assignments.release(userId))
      await this.events.publish(new ConversationUpdated(id, { assigneeId: { from: userId, to: null } }));
  }
}

function opens({ status }: Changes): boolean {
  return status?.to === 'open';
}

function frees({ assigneeId }: Changes): boolean {
  return assigneeId !== undefined && assigneeId.to === null;
}
