import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { DomainEvent } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { Followers } from '../../platform/events/followers.js';
import type { FollowedEvent, Follower } from '../../platform/events/followers.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { AnsweringBotsService } from '../chatbots/answering-bots.service.js';
import { ChatbotChanged } from '../chatbots/chatbot.events.js';
import { MessageReceived } from '../messages/message.events.js';
import { MessagesService } from '../messages/messages.service.js';
import { ANSWER, answering } from './answering-jobs.js';
import { AnsweringService } from './answering.service.js';
import { Turns } from './turns.js';

/** Hears what customers write, and has chatbots answer it. */
@Injectable()
export class AnsweringFollower implements Follower, OnModuleInit {
  readonly name = 'answering';

  constructor(
    private readonly bots: AnsweringBotsService,
    private readonly turns: Turns,
    private readonly answering: AnsweringService,
    private readonly messages: MessagesService,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly followers: Followers,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.followers.register(this);
    this.events.on(ChatbotChanged, () => this.followers.forget());
    // As `follow` writes it.
    this.jobs.handle(ANSWER, ({ conversationId }) => this.answering.answer(conversationId as string));
  }

  concerns(event: DomainEvent): boolean {
    return event instanceof MessageReceived;
  }

  isWanted(): Promise<boolean> {
    return this.bots.hasAny();
  }

  /** One conversation is answered by one job at a time, and by one for all that came while it waited. */
  async follow({ name, target }: FollowedEvent): Promise<void> {
    const message = name === 'message.created' ? await this.messages.find(target.id) : null;
    if (message?.direction !== 'in' || !(await this.turns.isAny(message.conversationId))) return;
    const { conversationId } = message;
    await this.database.send(answering(conversationId));
  }
}
