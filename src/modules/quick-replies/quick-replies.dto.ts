import { Pattern, Text } from '../../platform/http/fields.js';
import { CursorQuery } from '../../platform/http/pagination.js';
import { LONGEST_TEXT, MOST_ATTACHMENTS, OutgoingAttachment, Parts } from '../messages/messages.dto.js';

const SHORTCUT = /^\S{1,50}$/;
const SHORTCUT_IN_WORDS = '1 to 50 characters without spaces, such as opening-hours';

export class ListQuickReplies extends CursorQuery {
  @Text({ optional: true, description: 'What the shortcut or the text begins with' }) search?: string;
}

class QuickReplyFields {
  @Parts(() => OutgoingAttachment, MOST_ATTACHMENTS, { min: 0 }) attachments?: OutgoingAttachment[];
}

export class CreateQuickReply extends QuickReplyFields {
  @Pattern(SHORTCUT, SHORTCUT_IN_WORDS, { max: 50, example: 'opening-hours' }) shortcut!: string;
  @Text({ max: LONGEST_TEXT }) text!: string;
}

export class UpdateQuickReply extends QuickReplyFields {
  @Pattern(SHORTCUT, SHORTCUT_IN_WORDS, { max: 50, example: 'opening-hours', optional: true }) shortcut?: string;
  @Text({ max: LONGEST_TEXT, optional: true }) text?: string;
}
