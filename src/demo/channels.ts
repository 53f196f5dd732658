import type { ApiClient } from './api-client.js';
import type { DeskClient, DeskPage, Platform } from './desk-client.js';

/** One channel, and what is said on it. The customers are those that the desk's own page writes as. */
export interface Channel {
  name: string;
  platform: Platform;
  customer: string;
  question: string;
  answer: string;
  connect: (page: DeskPage, admin: ApiClient, desk: DeskClient) => Promise<unknown>;
}

/** On the desk it opens every Messenger page. */
const USER_TOKEN = 'demo-user-token';

/** Connecting what is connected already gives it the desk's present token, and changes nothing else. */
export const CHANNELS: Channel[] = [
  {
    name: 'Messenger',
    platform: 'facebook',
    customer: '7300112233445566',
    question: 'Tối nay còn bàn không ạ?',
    answer: 'Dạ còn, mình đi mấy người ạ?',
    connect: ({ oaId }, admin) =>
      admin.post('/integrations/facebook/connect', { userToken: USER_TOKEN, pageIds: [oaId] }),
  },
  {
    name: 'WhatsApp',
    platform: 'whatsapp',
    customer: '84901234567',
    question: 'Do you have vegetarian food?',
    answer: 'Yes, twelve dishes! 🥬',
    connect: ({ oaId, businessId, accessToken }, admin) =>
      admin.post('/integrations/whatsapp/connect', {
        ...{ accessToken, businessAccountId: businessId, phoneNumberIds: [oaId] },
      }),
  },
  {
    name: 'Zalo',
    platform: 'zalo',
    customer: '5512345678901234567',
    question: 'Quán mở cửa đến mấy giờ?',
    answer: 'Dạ đến 22 giờ ạ.',
    connect: async (page, admin, desk) => {
      const { url } = await admin.post<{ url: string }>('/integrations/zalo/authorize', {});
      const back = await desk.permit(url, page);
      await admin.visit(back.pathname + back.search);
    },
  },
];
