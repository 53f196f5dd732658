import type { TimelineEntryModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownMap, ShownText, ShownTime } from '../../platform/http/view.js';
import { TIMELINE_KINDS } from './timeline-kinds.js';

export class TimelineActorView {
  @Shown({ enum: ['user', 'api_key', 'system'] }) type!: string;
  @ShownText() id!: string | null;
  @ShownText() name!: string | null;
}

export class TimelineEntryView {
  @ShownId() id!: string;
  @ShownId() conversationId!: string;
  @Shown({ enum: TIMELINE_KINDS }) kind!: string;
  @ShownText({ description: 'Of a note' }) text!: string | null;
  @ShownMap({ description: 'Who or what it is about' }) data!: unknown;
  @Shown({ type: TimelineActorView }) actor!: TimelineActorView;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export function toTimelineEntryView(entry: TimelineEntryModel): TimelineEntryView {
  const { id, conversationId, kind, text, data, actorType, actorId, actorName } = entry;
  const actor = { type: actorType, id: actorId, name: actorName };
  const [createdAt, updatedAt] = [entry.createdAt.toISOString(), entry.updatedAt.toISOString()];
  return { id, conversationId, kind, text, data, actor, createdAt, updatedAt };
}
