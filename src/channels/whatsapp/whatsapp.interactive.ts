/** Quick replies as WhatsApp shows them: up to three buttons, or a list. Source: Messages API, interactive messages. */

import type { JsonObject } from '../json.js';
import type { QuickReply } from '../outgoing.js';

const MOST_BUTTONS = 3;
const LONGEST_BUTTON = 20;
const LONGEST_ROW = 24;
/** What opens the list. WhatsApp has no word of its own for it. */
const LIST_LABEL = 'Choose';

export function interactiveOf(text: string, quickReplies: QuickReply[]): JsonObject {
  const fitButtons =
    quickReplies.length <= MOST_BUTTONS && quickReplies.every(({ title }) => title.length <= LONGEST_BUTTON);
  const body = { text };
  if (fitButtons) return { type: 'button', body, action: { buttons: quickReplies.map(buttonOf) } };
  return { type: 'list', body, action: { button: LIST_LABEL, sections: [{ rows: quickReplies.map(rowOf) }] } };
}

function buttonOf({ title, payload }: QuickReply): JsonObject {
  return { type: 'reply', reply: { id: payload, title } };
}

/** A choice too long for its row is shown whole below it. */
function rowOf({ title, payload }: QuickReply): JsonObject {
  if (title.length <= LONGEST_ROW) return { id: payload, title };
  return { id: payload, title: `${title.slice(0, LONGEST_ROW - 1).toWellFormed()}…`, description: title };
}
