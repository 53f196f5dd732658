import type { Role } from '../src/platform/context/permissions.js';

interface DemoUser {
  username: string;
  email: string;
  name: string;
  role: Role;
}

export interface DemoConversation {
  customerExternalId: string;
  texts: string[];
  minutesAgo: number;
}

export interface DemoOrganization {
  name: string;
  displayName: string;
  email: string;
  tier: 'free' | 'standard' | 'enterprise';
  users: DemoUser[];
  chatbot: string;
  page: { oaId: string; name: string };
  conversations: DemoConversation[];
}

export const DEMO_PASSWORD = 'polydesk-demo';

export const SUPER_ADMIN: DemoUser = {
  username: 'root',
  email: 'root@polydesk.example',
  name: 'Super Admin',
  role: 'super_admin',
};

/** Two customers of an agency: a restaurant and a travel office. The same person writes to both. */
export const DEMO_ORGANIZATIONS: DemoOrganization[] = [
  {
    name: 'bep-nha-lan',
    displayName: 'Bếp Nhà Lan',
    email: 'hello@bepnhalan.example',
    tier: 'standard',
    users: [
      { username: 'lan', email: 'lan@bepnhalan.example', name: 'Nguyễn Thị Lan', role: 'admin' },
      { username: 'minh', email: 'minh@bepnhalan.example', name: 'Trần Văn Minh', role: 'agent' },
    ],
    chatbot: 'Table reservations',
    page: { oaId: '102938475610293', name: 'Bếp Nhà Lan' },
    conversations: [
      {
        customerExternalId: '7300112233445566',
        texts: ['Chào quán, tối nay còn bàn cho 6 người không ạ?', 'Khoảng 7 giờ tối nhé'],
        minutesAgo: 95,
      },
      { customerExternalId: '7300998877665544', texts: ['Do you have a vegetarian menu?'], minutesAgo: 40 },
    ],
  },
  {
    name: 'sao-mai-travel',
    displayName: 'Sao Mai Travel',
    email: 'hello@saomai.example',
    tier: 'enterprise',
    users: [
      { username: 'hoa', email: 'hoa@saomai.example', name: 'Lê Thanh Hoa', role: 'admin' },
      { username: 'quan', email: 'quan@saomai.example', name: 'Phạm Quân', role: 'agent' },
    ],
    chatbot: 'Tour finder',
    page: { oaId: '564738291056473', name: 'Sao Mai Travel' },
    conversations: [
      {
        customerExternalId: '7300112233445566',
        texts: ['Xin giá tour Hạ Long 2 ngày 1 đêm cho 4 người'],
        minutesAgo: 70,
      },
    ],
  },
];
