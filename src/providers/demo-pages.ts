import { DEMO_ORGANIZATIONS } from '../../prisma/demo-data.js';
import { DEMO_USER_TOKEN } from './accounts.js';
import type { NewPage } from './accounts.js';
import type { ProviderDesk } from './desk.js';

/** Opens the WhatsApp account of the demo, as the token of a system user. */
const WHATSAPP_TOKEN = 'demo-whatsapp-token';
const WHATSAPP_ACCOUNT = '209384756102938';

/** Pages that nobody has connected yet. Whoever has the user token of the demo can, but for the last. */
const OTHERS: NewPage[] = [
  { platform: 'facebook', oaId: '318273645546372', name: 'Quán Cà Phê Mây' },
  { platform: 'facebook', oaId: '427384950617283', name: 'Tiệm Bánh Hạnh' },
  { platform: 'facebook', oaId: '536475869708192', name: 'Nhà Sách Trăng', tasks: ['ANALYZE', 'ADVERTISE'] },
  {
    platform: 'whatsapp',
    oaId: '106540352242922',
    name: 'Bếp Nhà Lan',
    businessId: WHATSAPP_ACCOUNT,
    token: WHATSAPP_TOKEN,
  },
  {
    platform: 'whatsapp',
    oaId: '106540352242933',
    name: 'Bếp Nhà Lan, Đà Lạt',
    businessId: WHATSAPP_ACCOUNT,
    token: WHATSAPP_TOKEN,
  },
  {
    platform: 'zalo',
    oaId: '2893352839501541173',
    name: 'Bếp Nhà Lan',
    token: 'demo-zalo-token-1',
    refreshToken: 'demo-zalo-refresh-1',
  },
  {
    platform: 'zalo',
    oaId: '4311895127700931625',
    name: 'Sao Mai Travel',
    token: 'demo-zalo-token-2',
    refreshToken: 'demo-zalo-refresh-2',
  },
];

/** The desk of a newcomer: the pages of the demo organizations, which are connected, and some to connect. */
export function seedDemoPages(desk: ProviderDesk): void {
  seedUser(desk);
  for (const { page } of DEMO_ORGANIZATIONS)
    desk.accounts.add({ ...page, platform: 'facebook', token: `demo-token-${page.oaId}`, isSubscribed: true });
  for (const page of OTHERS) desk.accounts.add(page);
}

/** Somebody who may connect pages, and nothing else. */
export function seedUser(desk: ProviderDesk): void {
  desk.accounts.tokens.grant(DEMO_USER_TOKEN, ['me']);
}
