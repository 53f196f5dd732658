import { Ids } from '../../platform/http/fields.js';

const MOST_PARTICIPANTS = 50;

export class SetParticipants {
  @Ids({ max: MOST_PARTICIPANTS, description: 'Active users; all that are to follow it: others are taken out' })
  userIds!: string[];
}
