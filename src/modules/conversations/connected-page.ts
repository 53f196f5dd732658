/** A page that an organization has connected. */
export interface ConnectedPage {
  /** The integration's. */
  id: string;
  platform: string;
  oaId: string;
}
