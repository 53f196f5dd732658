import type { ConnectablePage } from '../../channels/provider.js';
import { Shown, ShownText } from '../../platform/http/view.js';

/** Where a page is connected now; null: nowhere. Whose it is elsewhere is not said. */
export type Standing = 'here' | 'elsewhere' | null;

/** A page, or number, that a person may connect. */
export class ConnectablePageView {
  @Shown({ description: "The provider's id of the page" }) oaId!: string;
  @Shown() name!: string;
  @ShownText() avatarUrl!: string | null;
  @Shown({ description: "Whether the person's rights there are enough to answer messages" }) canMessage!: boolean;
  @Shown({
    type: String,
    enum: ['here', 'elsewhere', null],
    nullable: true,
    description: 'elsewhere: to another organization, where it would have to be disconnected first',
  })
  connection!: Standing;
}

export function toConnectablePageView(page: ConnectablePage, connection: Standing): ConnectablePageView {
  const { oaId, name, avatarUrl, canMessage } = page;
  return { oaId, name, avatarUrl, canMessage, connection };
}
