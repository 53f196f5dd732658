import { randomBytes } from 'node:crypto';
import { AccessTokens } from './access-tokens.js';

export const DESK_PLATFORMS = ['facebook', 'whatsapp', 'zalo'] as const;
export type DeskPlatform = (typeof DESK_PLATFORMS)[number];

/** A Messenger page, a WhatsApp number or a Zalo official account. */
export interface DeskPage {
  platform: DeskPlatform;
  oaId: string;
  name: string;
  /** The WhatsApp business account that holds the number. */
  businessId: string | null;
  accessToken: string;
  /** Zalo's, which works once. */
  refreshToken: string | null;
  /** What the person who connects may do there, by Meta's names. */
  tasks: readonly string[];
  /** The webhook fields that Polydesk has subscribed to; Messenger's only. */
  fields: ReadonlySet<string>;
}

export interface NewPage {
  platform: DeskPlatform;
  oaId?: string;
  name?: string;
  token?: string;
  refreshToken?: string;
  businessId?: string;
  tasks?: readonly string[];
  /** Whether Polydesk is told of what happens there, as if it had subscribed already. */
  isSubscribed?: boolean;
}

/** The token of a person who may connect pages, WhatsApp accounts too. It never dies by itself. */
export const DEMO_USER_TOKEN = 'demo-user-token';
const ALL_TASKS = ['ADVERTISE', 'ANALYZE', 'CREATE_CONTENT', 'MESSAGING', 'MODERATE', 'MANAGE'];
const ALL_FIELDS = [
  'messages',
  'messaging_postbacks',
  'message_deliveries',
  'message_reads',
  'message_echoes',
  'message_reactions',
  'message_edits',
];

/** The pages there are, what opens them, and which of them Polydesk has subscribed to. */
export class Accounts {
  readonly tokens = new AccessTokens();
  private readonly pages = new Map<string, DeskPage>();
  private readonly subscribedBusinesses = new Set<string>();
  private made = 0;

  /** Makes a page, or gives one that is there other properties. */
  add(page: NewPage): DeskPage {
    const added = this.completed(page);
    this.keep(added);
    if (added.businessId !== null && page.isSubscribed) this.subscribedBusinesses.add(added.businessId);
    return added;
  }

  find(oaId: string): DeskPage | undefined {
    return this.pages.get(oaId);
  }

  of(platform: DeskPlatform): DeskPage[] {
    return this.all().filter((page) => page.platform === platform);
  }

  all(): DeskPage[] {
    return [...this.pages.values()];
  }

  /** Empty for what is no business account. */
  numbersOf(businessId: string): DeskPage[] {
    return this.of('whatsapp').filter((page) => page.businessId === businessId);
  }

  /** The page that a token was made for. */
  pageOf(token: string): DeskPage | undefined {
    return this.all().find((page) => this.tokens.opens(token, page.oaId));
  }

  /** Subscribes to a page's fields, or a business account; no fields: no more. */
  subscribe(node: string, fields: string[]): void {
    const page = this.find(node);
    if (page) this.pages.set(node, { ...page, fields: new Set(fields) });
    else if (fields.length > 0) this.subscribedBusinesses.add(node);
    else this.subscribedBusinesses.delete(node);
  }

  isBusinessSubscribed(businessId: string): boolean {
    return this.subscribedBusinesses.has(businessId);
  }

  /** Whether Polydesk is to hear of what happens there. Zalo's account of an app has no subscription: it always is. */
  isTold({ oaId, platform, businessId }: DeskPage, field: string): boolean {
    if (platform === 'facebook') return this.find(oaId)?.fields.has(field) ?? false;
    return platform === 'zalo' || (businessId !== null && this.isBusinessSubscribed(businessId));
  }

  /** Other tokens for a page. Zalo's access token from before is dead at once. */
  renew(oaId: string): DeskPage | undefined {
    const page = this.find(oaId);
    if (!page) return undefined;
    const { platform } = page;
    if (platform === 'zalo') this.tokens.kill(page.accessToken, 'invalid');
    const suffix = `${oaId}-${randomBytes(6).toString('hex')}`;
    const refreshToken = platform === 'zalo' ? `zalo-refresh-${suffix}` : null;
    const renewed = { ...page, accessToken: `${platform}-token-${suffix}`, refreshToken };
    this.keep(renewed);
    return renewed;
  }

  /** The refresh token no longer works either. */
  forgetRefreshToken(oaId: string): void {
    const page = this.find(oaId);
    if (page) this.pages.set(oaId, { ...page, refreshToken: null });
  }

  clear(): void {
    this.pages.clear();
    this.subscribedBusinesses.clear();
    this.tokens.clear();
  }

  private keep(page: DeskPage): void {
    const { oaId, businessId, accessToken } = page;
    this.pages.set(oaId, page);
    this.tokens.grant(accessToken, businessId === null ? [oaId] : [oaId, businessId]);
  }

  /** What was not said is as it was before, or made up. */
  private completed({ platform, isSubscribed, ...said }: NewPage): DeskPage {
    const oaId = said.oaId ?? this.newId();
    const known = this.find(oaId);
    return {
      platform,
      oaId,
      name: said.name ?? known?.name ?? `Page ${oaId.slice(-4)}`,
      businessId: said.businessId ?? known?.businessId ?? (platform === 'whatsapp' ? this.newId() : null),
      accessToken: said.token ?? known?.accessToken ?? `${platform}-token-${oaId}`,
      refreshToken: platform === 'zalo' ? (said.refreshToken ?? known?.refreshToken ?? `zalo-refresh-${oaId}`) : null,
      tasks: said.tasks ?? known?.tasks ?? ALL_TASKS,
      fields: new Set(isSubscribed ? ALL_FIELDS : known?.fields),
    };
  }

  private newId(): string {
    this.made += 1;
    return `${randomBytes(5).readUIntBE(0, 5)}`.padStart(13, '1').slice(0, 13) + String(this.made).padStart(2, '0');
  }
}
