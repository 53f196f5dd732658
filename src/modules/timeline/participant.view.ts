import { Shown, ShownId, ShownText } from '../../platform/http/view.js';

export interface ParticipantRow {
  id: string;
  username: string;
  name: string | null;
}

export class ParticipantView {
  @ShownId({ description: "The user's" }) id!: string;
  @Shown() username!: string;
  @ShownText() name!: string | null;
}

export class ParticipantsView {
  @Shown({ type: ParticipantView, isArray: true, description: 'By username' }) participants!: ParticipantView[];
}
