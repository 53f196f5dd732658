import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { Admission } from './admission.js';
import { Announcer } from './announcer.js';
import { ClientEvents } from './client-events.js';
import { ConnectedSockets } from './connected-sockets.js';
import { Conversing } from './conversing.js';
import { MessageChangesController } from './message-changes.controller.js';
import { MessageChangesRepository } from './message-changes.repository.js';
import { MessageChangesService } from './message-changes.service.js';
import { Presence } from './presence.js';
import { RealtimeEvents } from './realtime-events.js';
import { RealtimeNode } from './realtime-node.js';
import { StandingWatch } from './standing-watch.js';
import { Typing } from './typing.js';

@Module({
  imports: [AuthModule, ConversationsModule, MessagesModule],
  controllers: [MessageChangesController],
  providers: [
    Admission,
    Announcer,
    ClientEvents,
    ConnectedSockets,
    Conversing,
    MessageChangesRepository,
    MessageChangesService,
    Presence,
    RealtimeEvents,
    RealtimeNode,
    StandingWatch,
    Typing,
  ],
})
export class RealtimeModule {}
