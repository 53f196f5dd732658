import { Accounts } from './accounts.js';
import type { DeskPage, DeskPlatform } from './accounts.js';
import { Conversations } from './conversations.js';
import type { Entry } from './entry.js';
import { Customer } from './customer.js';
import { Faults } from './faults.js';
import { Files } from './files.js';
import { MessengerWire } from './messenger-wire.js';
import { Profiles } from './profiles.js';
import type { ProviderSettings } from './provider-settings.js';
import { WebhookSender } from './webhook-sender.js';
import type { Delivery } from './webhook-sender.js';
import { WhatsAppWire } from './whatsapp-wire.js';
import type { Notice, Talk, Wire } from './wire.js';
import { ZaloGrants } from './zalo-grants.js';
import { ZaloWire } from './zalo-wire.js';

/** Everything that the desk knows, and how it tells Polydesk of it. All of it is in memory. */
export class ProviderDesk {
  /** Where the desk itself listens. */
  url = '';
  readonly settings: ProviderSettings;
  readonly accounts = new Accounts();
  readonly conversations = new Conversations();
  readonly profiles = new Profiles();
  readonly faults = new Faults();
  readonly grants = new ZaloGrants();
  readonly files = new Files(() => this.url);
  readonly webhooks = new WebhookSender(() => this.settings);
  private readonly wires: Record<DeskPlatform, Wire>;
  private readonly lines = new Map<string, Promise<unknown>>();

  /** `seed`: what is there at first, and again after a reset. */
  constructor(
    settings: ProviderSettings,
    private readonly seed: (desk: ProviderDesk) => void,
  ) {
    this.settings = { ...settings };
    this.wires = {
      facebook: new MessengerWire(settings.facebook.appId),
      whatsapp: new WhatsAppWire(this.files),
      zalo: new ZaloWire(settings.zalo.appId),
    };
    seed(this);
  }

  customer(page: DeskPage, id: string): Customer {
    return new Customer(this, page, id);
  }

  wireOf({ platform }: DeskPage): Wire {
    return this.wires[platform];
  }

  talkOf(page: DeskPage, customer: string): Talk {
    return { page, customer, profile: this.profiles.of(customer) };
  }

  /**
   * Tells Polydesk, where it is told of such things; null where it is not. One conversation's webhooks go out one after the
   * other, and those that have to be repeated let the others pass. Resolves after the first attempt.
   */
  async tell({ page, customer }: Talk, notice: Notice | null): Promise<Delivery | null> {
    if (notice === null || !this.accounts.isTold(page, notice.field)) return null;
    const line = `${page.oaId} ${customer}`;
    const turn = (this.lines.get(line) ?? Promise.resolve()).then(() => this.webhooks.send(page.platform, notice.body));
    this.lines.set(line, turn);
    const delivery = await turn;
    if (this.lines.get(line) === turn) this.lines.delete(line);
    return delivery;
  }

  /** What follows once the provider has taken a message: the echo and the receipts. `failure`: it does not arrive, for this. */
  follow(page: DeskPage, customer: string, entry: Entry, failure: number | null): void {
    this.webhooks.track(this.tellOf(this.talkOf(page, customer), entry, failure));
  }

  reset(): void {
    this.accounts.clear();
    this.conversations.clear();
    this.profiles.clear();
    this.faults.clear();
    this.grants.clear();
    this.files.clear();
    this.webhooks.clear();
    this.seed(this);
  }

  /** Where Polydesk is from now on. */
  pointAt(polydeskUrl: string): void {
    this.settings.polydeskUrl = polydeskUrl;
  }

  /** The page's token opens nothing any more, and cannot be renewed: it has to be connected again. */
  killToken({ oaId, accessToken }: DeskPage): void {
    this.accounts.tokens.kill(accessToken, 'invalid');
    this.accounts.forgetRefreshToken(oaId);
  }

  /** The page's token has come to its end; a refresh token, where there is one, still works. */
  expireToken({ accessToken }: DeskPage): void {
    this.accounts.tokens.kill(accessToken, 'expired');
  }

  private async tellOf(talk: Talk, entry: Entry, failure: number | null): Promise<void> {
    if (!(await this.webhooks.wait(this.settings.receiptDelayMs))) return;
    const wire = this.wireOf(talk.page);
    await this.tell(talk, wire.echoed(talk, entry));
    if (failure !== null) {
      entry.status = 'failed';
      this.conversations.changed();
      await this.tell(talk, wire.failed(talk, entry, failure));
      return;
    }
    await this.tell(talk, wire.accepted(talk, entry));
    if (entry.status === 'sent') entry.status = 'delivered';
    this.conversations.changed();
    await this.tell(talk, wire.delivered(talk, entry));
  }
}
