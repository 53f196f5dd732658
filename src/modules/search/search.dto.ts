import { Id, Text } from '../../platform/http/fields.js';
import { CursorQuery } from '../../platform/http/pagination.js';

const LONGEST_QUESTION = 200;

export class SearchMessages extends CursorQuery {
  @Text({
    max: LONGEST_QUESTION,
    description: 'Words, all of which a message has; of the last the beginning is enough',
  })
  q!: string;

  @Id({ optional: true, description: 'Only in this conversation' }) conversationId?: string;
}

export class SearchCustomers extends CursorQuery {
  @Text({ max: LONGEST_QUESTION, description: "Part of a name, e-mail address, phone number or provider's id" })
  q!: string;
}
