import type { DeskPage, DeskPlatform, NewPage } from '../../src/providers/accounts.js';
import type { SentMessage, SentSignal } from '../../src/providers/entry.js';
import type { Customer } from '../../src/providers/customer.js';
import { seedUser } from '../../src/providers/demo-pages.js';
import type { ProviderDesk } from '../../src/providers/desk.js';
import type { Fault } from '../../src/providers/faults.js';
import { startProviders } from '../../src/providers/provider-server.js';
import type { ProviderServer } from '../../src/providers/provider-server.js';
import type { ProviderSettings } from '../../src/providers/provider-settings.js';
import type { Delivery } from '../../src/providers/webhook-sender.js';

export { DEMO_USER_TOKEN } from '../../src/providers/accounts.js';

type PageOptions = Omit<NewPage, 'platform'>;

/** Short enough for a test to see a repetition, many enough to outlast a restart of the server. */
const RETRY_GAPS_MS = [50, 100, 200, 400, 800, 1600, 3200, 5000];

const SETTINGS: ProviderSettings = {
  polydeskUrl: null,
  facebook: { appId: '1029384756', appSecret: 'a facebook app secret', verifyToken: 'a facebook verify token' },
  whatsapp: { appSecret: 'a whatsapp app secret', verifyToken: 'a whatsapp verify token' },
  zalo: {
    appId: '360846524940903967',
    appSecret: 'a zalo app secret',
    oaSecretKey: 'a zalo oa secret key',
    signature: 'oa-key body',
  },
  retryGapsMs: RETRY_GAPS_MS,
  receiptDelayMs: 5,
  accountsPerAnswer: 2,
};

/**
 * All three providers, for a test: its own, without any page. Start it, start the world with its `settings`, and point it at
 * the world.
 */
export class Desk {
  private constructor(private readonly server: ProviderServer) {}

  static async start(options: Partial<ProviderSettings> = {}): Promise<Desk> {
    const settings = { ...SETTINGS, ...options };
    return new Desk(await startProviders(settings, { host: '127.0.0.1', port: 0 }, seedUser));
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  get url(): string {
    return this.desk.url;
  }

  /** The desk itself, for what is not here. */
  get desk(): ProviderDesk {
    return this.server.desk;
  }

  /** The environment of a Polydesk that works with this desk. */
  get settings(): Record<string, string> {
    const { facebook, whatsapp, zalo } = this.desk.settings;
    return {
      FACEBOOK_APP_ID: facebook.appId,
      FACEBOOK_APP_SECRET: facebook.appSecret,
      FACEBOOK_VERIFY_TOKEN: facebook.verifyToken,
      FACEBOOK_GRAPH_URL: `${this.url}/graph/v25.0`,
      WHATSAPP_APP_SECRET: whatsapp.appSecret,
      WHATSAPP_VERIFY_TOKEN: whatsapp.verifyToken,
      WHATSAPP_GRAPH_URL: `${this.url}/graph/v25.0`,
      ZALO_APP_ID: zalo.appId,
      ZALO_APP_SECRET: zalo.appSecret,
      ZALO_OA_SECRET_KEY: zalo.oaSecretKey,
      ZALO_API_URL: `${this.url}/zalo`,
      ZALO_OAUTH_URL: `${this.url}/zalo-oauth`,
    };
  }

  /** Where the desk sends its webhooks from now on. */
  pointAt(polydeskUrl: string): void {
    this.desk.pointAt(polydeskUrl);
  }

  /** Makes a page of Messenger, a WhatsApp number or an official account of Zalo; what is left out is made up. */
  page(page: NewPage): DeskPage {
    return this.desk.accounts.add(page);
  }

  facebookPage(options: PageOptions = {}): DeskPage {
    return this.page({ platform: 'facebook', ...options });
  }

  number(options: PageOptions = {}): DeskPage {
    return this.page({ platform: 'whatsapp', ...options });
  }

  oa(options: PageOptions = {}): DeskPage {
    return this.page({ platform: 'zalo', ...options });
  }

  customer(platform: DeskPlatform, oaId: string, id: string): Customer {
    const page = this.current(oaId);
    if (page.platform !== platform) throw new Error(`${oaId} is a page of ${page.platform}`);
    return this.desk.customer(page, id);
  }

  /** The page as it is now: its tokens and its subscription change. */
  current(oaId: string): DeskPage {
    const page = this.desk.accounts.find(oaId);
    if (!page) throw new Error(`There is no page ${oaId} on the desk`);
    return page;
  }

  isTold(oaId: string, field = 'messages'): boolean {
    return this.desk.accounts.isTold(this.current(oaId), field);
  }

  /** The messages that were accepted, of all pages or of one. */
  sent(oaId?: string): SentMessage[] {
    return this.desk.conversations.sent.filter(({ page }) => oaId === undefined || page === oaId);
  }

  /** Typing, read and reactions, of all pages or of one. */
  signals(oaId?: string): SentSignal[] {
    return this.desk.conversations.signals.filter(({ page }) => oaId === undefined || page === oaId);
  }

  webhooks(): Delivery[] {
    return this.desk.webhooks.deliveries;
  }

  /** Resolves when every echo and receipt has gone out, and nothing waits to be sent again. */
  settled(): Promise<void> {
    return this.desk.webhooks.settled();
  }

  fault(fault: Fault): void {
    this.desk.faults.add(fault);
  }

  flaky(percent: number): void {
    this.desk.faults.setFlaky(percent);
  }

  /** The page must be connected again. */
  killToken(oaId: string): void {
    this.desk.killToken(this.current(oaId));
  }

  /** The access token has run out; Zalo's can be refreshed. */
  expireToken(oaId: string): void {
    this.desk.expireToken(this.current(oaId));
  }

  /** The page with other tokens, as after its owner has given its permission anew. */
  renewToken(oaId: string): DeskPage {
    return this.desk.accounts.renew(oaId) ?? this.current(oaId);
  }

  reset(): void {
    this.desk.reset();
  }
}
