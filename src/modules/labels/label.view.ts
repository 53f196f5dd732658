import type { LabelModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownText, ShownTime } from '../../platform/http/view.js';

export class LabelView {
  @ShownId() id!: string;
  @Shown() name!: string;
  @ShownText({ example: '#2e7d32' }) color!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export class ConversationLabelsView {
  @Shown({ type: LabelView, isArray: true, description: 'By name' }) labels!: LabelView[];
}

export function toLabelView({ id, name, color, createdAt, updatedAt }: LabelModel): LabelView {
  return { id, name, color, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
