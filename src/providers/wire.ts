import type { JsonObject } from '../channels/json.js';
import type { DeskPage } from './accounts.js';
import type { Entry } from './entry.js';
import type { Profile } from './profiles.js';

/** A webhook body, and the field that has to be subscribed to for it, by Messenger's names. */
export interface Notice {
  field: string;
  body: JsonObject;
}

export interface Talk {
  page: DeskPage;
  customer: string;
  profile: Profile;
}

/** How a provider tells Polydesk what happens on a page. Null: it has no such thing. */
export interface Wire {
  newMessageId(): string;
  received(talk: Talk, entry: Entry): Notice | null;
  /** What the page said, whoever said it. */
  echoed(talk: Talk, entry: Entry): Notice | null;
  /** That the provider has taken it. */
  accepted(talk: Talk, entry: Entry): Notice | null;
  delivered(talk: Talk, entry: Entry): Notice | null;
  /** `entries`: all that the customer has not read before. */
  read(talk: Talk, entries: Entry[]): Notice | null;
  failed(talk: Talk, entry: Entry, code: number): Notice | null;
  reacted(talk: Talk, entry: Entry, emoji: string | null): Notice | null;
  edited(talk: Talk, entry: Entry): Notice | null;
  deleted(talk: Talk, entry: Entry): Notice | null;
  /** The customer pressed a button that is not a message: Messenger's postback. */
  pressed(talk: Talk, entry: Entry): Notice | null;
  subscription(talk: Talk, isWanted: boolean): Notice | null;
  withdrew(talk: Talk): Notice | null;
}
