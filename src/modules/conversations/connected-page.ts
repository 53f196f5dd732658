/** A page that an organization has connected, and what a new conversation there begins with. */
export interface ConnectedPage {
  /** The integration's. */
  id: string;
  platform: string;
  oaId: string;
  accountId: string | null;
  chatbotId: string | null;
}
