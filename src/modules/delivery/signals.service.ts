import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { Signal } from '../../channels/outgoing.js';
import { NoAnswerError, NotSentError, ProviderError } from '../../channels/provider.js';
import { Events } from '../../platform/events/events.js';
import type { JsonObject } from '../../platform/jobs/job.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { logger } from '../../platform/logging/logger.js';
import { ConversationUpdated } from '../conversations/conversation.events.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { AgentTyping } from '../messages/message.events.js';
import { conversationIn } from '../messages/message-jobs.js';
import { Channels } from './channels.js';
import { SignalsRepository } from './signals.repository.js';

const TASK = 'signal';

/** Lets the customer see that somebody has read, or is writing. A courtesy: what goes wrong is not tried again. */
@Injectable()
export class SignalsService implements OnModuleInit {
  constructor(
    private readonly signals: SignalsRepository,
    private readonly integrations: IntegrationsService,
    private readonly channels: Channels,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(TASK, (payload) => this.send(conversationIn(payload), signalIn(payload)));
    this.events.on(AgentTyping, ({ conversationId }) => this.add(conversationId, 'typing'));
    this.events.on(ConversationUpdated, ({ conversationId, changes }) =>
      changes['unreadCount']?.to === 0 ? this.add(conversationId, 'read') : undefined,
    );
  }

  private add(conversationId: string, signal: Signal): Promise<void> {
    return this.jobs.add(TASK, { conversationId, signal }, { key: `${signal} ${conversationId}` });
  }

  private async send(conversationId: string, signal: Signal): Promise<void> {
    const target = await this.signals.find(conversationId);
    const page = target && (await this.integrations.access(target.integrationId));
    if (!page) return;
    const { platform } = target;
    const [channel, app, http] = [
      this.channels.of(platform),
      this.channels.appOf(platform),
      this.channels.httpOf(platform),
    ];
    await channel.signal(signal, target, page, app, http).catch(shrug);
  }
}

function shrug(error: unknown): void {
  const isTheirs = [ProviderError, NotSentError, NoAnswerError].some((kind) => error instanceof kind);
  if (!isTheirs) throw error;
  logger.debug({ err: error }, 'A customer does not see that somebody reads or writes');
}

function signalIn(payload: JsonObject): Signal {
  return payload['signal'] === 'typing' ? 'typing' : 'read';
}
