import { DemoError, NobodyThereError } from './demo-error.js';

export type Platform = 'facebook' | 'whatsapp' | 'zalo';

/** A Messenger page, a WhatsApp number or a Zalo official account on the desk. */
export interface DeskPage {
  platform: Platform;
  oaId: string;
  name: string;
  /** The WhatsApp business account of a number. */
  businessId: string | null;
  accessToken: string;
}

/** What stands on a customer's phone. */
export interface Entry {
  id: string;
  from: 'customer' | 'page';
  text: string | null;
}

/** What is wrong where the desk and Polydesk do not understand each other. */
export const SAME_SETTINGS =
  'npm start and npm run providers need the same PORT and DATA_DIR, and no settings of the real providers';

/** The providers of `npm run providers`, by their control routes. */
export class DeskClient {
  private constructor(
    readonly url: string,
    private readonly pages: DeskPage[],
  ) {}

  /** Null where no desk is. */
  static async at(url: string): Promise<DeskClient | null> {
    try {
      const response = await fetch(`${url}/control/pages`);
      const pages: unknown = await response.json();
      return Array.isArray(pages) ? new DeskClient(url, pages as DeskPage[]) : null; // What else would have that route?
    } catch {
      return null;
    }
  }

  /** The address of a picture, such as customers send. */
  get picture(): string {
    return `${this.url}/files/picture.png`;
  }

  page(platform: Platform, name: string): DeskPage {
    const page = this.pages.find((candidate) => candidate.platform === platform && candidate.name === name);
    if (page) return page;
    throw new DemoError(`The desk has no page “${name}” of ${platform}: start npm run providers anew`);
  }

  /** Lets Polydesk in as the owner of an official account does. Answers with where the owner is sent back to. */
  async permit(authorizationUrl: string, { oaId }: DeskPage): Promise<URL> {
    const url = new URL(authorizationUrl);
    if (url.origin !== new URL(this.url).origin) throw new DemoError(`Polydesk uses the Zalo at ${url.origin}`);
    url.searchParams.set('oa_id', oaId);
    const back = (await this.request(url.href, { redirect: 'manual' })).headers.get('location');
    if (back === null) throw new DemoError('The desk does not know its Zalo app');
    return new URL(back);
  }

  /** The provider's id of what the customer has written. */
  async write(page: DeskPage, customer: string, text: string): Promise<string> {
    const { id } = await this.post<{ id: string }>(`${pathOf('customers', page, customer)}/messages`, { text });
    return id;
  }

  /** The customer reads everything. */
  async read(page: DeskPage, customer: string): Promise<void> {
    await this.request(`${this.url}${pathOf('customers', page, customer)}/read`, { method: 'POST' });
  }

  async phoneOf(page: DeskPage, customer: string): Promise<Entry[]> {
    const response = await this.request(this.url + pathOf('conversations', page, customer), {});
    return (await response.json()) as Entry[]; // docs/providers.md says so.
  }

  private async post<T>(path: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const response = await this.request(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as T; // docs/providers.md says so.
  }

  private async request(url: string, init: RequestInit): Promise<Response> {
    const response = await fetch(url, init).catch(() => {
      throw new NobodyThereError(`The desk at ${this.url} has gone: start npm run providers again`);
    });
    if (response.status >= 400) throw new DemoError(`The desk refuses ${url}: ${await response.text()}`);
    return response;
  }
}

function pathOf(what: 'customers' | 'conversations', { platform, oaId }: DeskPage, customer: string): string {
  return `/control/${what}/${platform}/${oaId}/${customer}`;
}
