import { Ids, Pattern, Text } from '../../platform/http/fields.js';
import { CursorQuery } from '../../platform/http/pagination.js';

const COLOR = /^#[0-9a-f]{6}$/;
const COLOR_IN_WORDS = 'a colour such as #2e7d32';
const MOST_LABELS = 50;

export class ListLabels extends CursorQuery {}

class LabelFields {
  @Pattern(COLOR, COLOR_IN_WORDS, { max: 7, example: '#2e7d32', optional: true, nullable: true }) color?: string | null;
}

export class CreateLabel extends LabelFields {
  @Text({ max: 64, description: 'Unique in the organization' }) name!: string;
}

export class UpdateLabel extends LabelFields {
  @Text({ max: 64, optional: true, description: 'Unique in the organization' }) name?: string;
}

export class SetLabels {
  @Ids({ max: MOST_LABELS, description: 'All that the conversation is to have: others are taken off' })
  labelIds!: string[];
}
