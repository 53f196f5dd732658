import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { delivering } from '../messages/message-jobs.js';
import { StrayMessagesSystemRepository } from './stray-messages.system-repository.js';

const STRAY_AFTER_MS = 2 * 60_000;
const MOST = 1_000;

/**
 * Sees to it that nothing queued is forgotten: what was queued before there was a queue, moved to another organization with its
 * conversation, or left while its organization was inactive.
 */
@Injectable()
export class StrayMessagesService implements OnModuleInit {
  constructor(
    private readonly strays: StrayMessagesSystemRepository,
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.everyMinute('stray-messages', () => this.bringBack());
  }

  async bringBack(): Promise<void> {
    const now = new Date();
    for (const { orgId, conversationId } of await this.strays.find(new Date(now.getTime() - STRAY_AFTER_MS), MOST))
      await OrgContext.runAsSystem(orgId, 'stray-messages', () => this.database.send(delivering(conversationId, now)));
  }
}
