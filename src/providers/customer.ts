import type { DeskPage } from './accounts.js';
import type { DeskAttachment, DeskButton, Entry } from './entry.js';
import type { ProviderDesk } from './desk.js';
import { NotKnownError } from './not-known.error.js';
import type { Notice } from './wire.js';

/** An attachment as a customer picks it: an address, or contents, or nothing, for a sample. */
export interface PickedAttachment extends Omit<DeskAttachment, 'url'> {
  url?: string;
  contentType?: string;
  base64?: string;
}

export interface Writing {
  text?: string;
  attachments?: PickedAttachment[];
  /** A button of the page's message, which is a quick reply; Zalo has none, and takes its title for text. */
  pressed?: DeskButton;
  replyTo?: string;
  /** In the past, for windows that have closed. */
  at?: Date;
}

/** Somebody who writes to a page. Each act resolves once Polydesk was told for the first time, or was not to be told. */
export class Customer {
  constructor(
    private readonly desk: ProviderDesk,
    readonly page: DeskPage,
    readonly id: string,
  ) {}

  /** Resolves with the provider's id of the message. */
  async writes(writing: string | Writing): Promise<string> {
    const { text, attachments, pressed, replyTo, at } = typeof writing === 'string' ? { text: writing } : writing;
    const entry = this.add({
      text: text ?? pressed?.title ?? null,
      attachments: (attachments ?? []).map((picked) => this.attached(picked)),
      pressed: pressed ?? null,
      replyTo: replyTo ?? null,
      at: at ?? new Date(),
    });
    await this.tell(this.wire.received(this.talk, entry));
    return entry.id;
  }

  /** Presses a button that stays, such as "Get started": Messenger's postback. */
  async presses(button: DeskButton): Promise<string> {
    const entry = this.add({ text: button.title, pressed: button });
    await this.tell(this.wire.pressed(this.talk, entry));
    return entry.id;
  }

  /** Sees everything that the page has said so far. */
  async reads(): Promise<void> {
    const unread = this.entries.filter(
      ({ from, status }) => from === 'page' && status !== 'read' && status !== 'failed',
    );
    if (unread.length === 0) return;
    for (const entry of unread) entry.status = 'read';
    this.desk.conversations.changed();
    await this.tell(this.wire.read(this.talk, unread));
  }

  /** Null takes the reaction back. */
  async reacts(messageId: string, emoji: string | null): Promise<void> {
    const entry = this.entry(messageId);
    if (emoji === null) delete entry.reactions.customer;
    else entry.reactions.customer = emoji;
    this.desk.conversations.changed();
    await this.tell(this.wire.reacted(this.talk, entry, emoji));
  }

  async edits(messageId: string, text: string): Promise<void> {
    const entry = this.entry(messageId);
    Object.assign(entry, { text, edits: entry.edits + 1 });
    this.desk.conversations.changed();
    await this.tell(this.wire.edited(this.talk, entry));
  }

  async deletes(messageId: string): Promise<void> {
    const entry = this.entry(messageId);
    Object.assign(entry, { text: null, attachments: [], isDeleted: true });
    this.desk.conversations.changed();
    await this.tell(this.wire.deleted(this.talk, entry));
  }

  /** Zalo's follow; WhatsApp's wish to hear of offers again. */
  follows(): Promise<void> {
    return this.tell(this.wire.subscription(this.talk, true));
  }

  unfollows(): Promise<void> {
    return this.tell(this.wire.subscription(this.talk, false));
  }

  /** Asks for everything about them to be erased. Zalo's only. */
  withdraws(): Promise<void> {
    return this.tell(this.wire.withdrew(this.talk));
  }

  /** All that was said, both ways. */
  get entries(): Entry[] {
    return this.desk.conversations.of(this.page, this.id).entries;
  }

  /** Resolves with the first message of the page that has this text or fits, which may be there already. */
  hears(wanted: string | ((entry: Entry) => boolean), withinMs = 10_000): Promise<Entry> {
    const fits = typeof wanted === 'string' ? ({ text }: Entry) => text === wanted : wanted;
    const look = () => this.entries.find((entry) => entry.from === 'page' && fits(entry));
    return this.desk.conversations.until(look, withinMs, `${this.id} has not heard it within ${withinMs} ms`);
  }

  private add(entry: Partial<Entry>): Entry {
    const id = this.wire.newMessageId();
    return this.desk.conversations.add(this.page, this.id, { id, from: 'customer', ...entry });
  }

  private entry(messageId: string): Entry {
    const entry = this.entries.find(({ id }) => id === messageId);
    if (!entry) throw new NotKnownError(`${this.id} knows no message ${messageId}`);
    return entry;
  }

  private attached({ url, contentType, base64, ...rest }: PickedAttachment): DeskAttachment {
    if (url !== undefined || rest.type === 'location') return { ...rest, url: url ?? null };
    const { files } = this.desk;
    const type = contentType ?? 'application/octet-stream';
    const bytes = base64 === undefined ? null : Buffer.from(base64, 'base64');
    const file = bytes
      ? files.add({ name: rest.name ?? rest.type, contentType: type, bytes })
      : files.sample(rest.type);
    return { ...rest, url: files.urlOf(file) };
  }

  private async tell(notice: Notice | null): Promise<void> {
    await this.desk.tell(this.talk, notice);
  }

  private get wire() {
    return this.desk.wireOf(this.page);
  }

  private get talk() {
    return this.desk.talkOf(this.page, this.id);
  }
}
