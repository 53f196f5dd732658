import { EventEmitter, once } from 'node:events';
import type { DeskPage } from './accounts.js';
import type { Entry, SentMessage, SentSignal } from './entry.js';

export interface Conversation {
  page: DeskPage;
  customer: string;
  entries: Entry[];
}

/** What customers and pages have said to each other, in the order in which the provider had it. */
export class Conversations {
  readonly sent: SentMessage[] = [];
  readonly signals: SentSignal[] = [];
  /** Emits `change` after anything in here has changed. */
  readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly byKey = new Map<string, Conversation>();

  /** The conversation of a customer with a page; an empty one where they have none. */
  of(page: DeskPage, customer: string): Conversation {
    const key = `${page.platform} ${page.oaId} ${customer}`;
    const known = this.byKey.get(key) ?? { page, customer, entries: [] };
    this.byKey.set(key, known);
    return known;
  }

  add(page: DeskPage, customer: string, entry: Partial<Entry> & Pick<Entry, 'id' | 'from'>): Entry {
    const added: Entry = { ...EMPTY(), ...entry };
    this.of(page, customer).entries.push(added);
    this.changes.emit('change');
    return added;
  }

  /** Where a message is, by the provider's id of it. */
  find(messageId: string): { conversation: Conversation; entry: Entry } | undefined {
    for (const conversation of this.byKey.values()) {
      const entry = conversation.entries.find(({ id }) => id === messageId);
      if (entry) return { conversation, entry };
    }
    return undefined;
  }

  /** When the customer last wrote; null where that is not known here. */
  lastHeardAt(page: DeskPage, customer: string): Date | null {
    return this.of(page, customer).entries.findLast(({ from }) => from === 'customer')?.at ?? null;
  }

  /** Resolves with what `look` finds, now or after a change. Rejects with `late` when that takes too long. */
  async until<T>(look: () => T | undefined, withinMs: number, late: string): Promise<T> {
    const deadline = AbortSignal.timeout(withinMs);
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await once(this.changes, 'change', { signal: deadline }).catch(() => {
        throw new Error(late);
      });
    }
  }

  changed(): void {
    this.changes.emit('change');
  }

  clear(): void {
    this.byKey.clear();
    this.sent.length = 0;
    this.signals.length = 0;
    this.changed();
  }
}

const EMPTY = (): Omit<Entry, 'id' | 'from'> => ({
  at: new Date(),
  text: null,
  attachments: [],
  buttons: [],
  pressed: null,
  template: null,
  metadata: null,
  replyTo: null,
  reactions: {},
  status: 'sent',
  edits: 0,
  isDeleted: false,
});
