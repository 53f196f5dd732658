/** What Messenger's error codes mean. Source: Messenger Platform, error codes; Graph API, handling errors and rate limits. */

import type { Meaning } from '../meta.failures.js';
import type { GraphProduct } from '../meta.graph.js';

/** Outside of 24 hours, or of 7 days under the tag for people's answers. */
export const WINDOW_SENTENCE =
  'Facebook allows answers for 24 hours after the customer last wrote, and for 7 days with the tag HUMAN_AGENT, which the app has to be approved for.';

const IN_THE_DASHBOARD = 'see App settings, Basic, in the dashboard of your Meta app';

/** Settings of this server that are not Facebook's. Codes 1 and 100 mean other things too. */
const WRONG_SETTINGS: Meaning[] = [
  {
    codes: [1],
    words: /client[ _]secret/i,
    kind: 'message',
    says: `Facebook does not accept the app secret of this server. FACEBOOK_APP_SECRET has to be the secret of the app that FACEBOOK_APP_ID names: ${IN_THE_DASHBOARD}.`,
  },
  {
    codes: [100],
    words: /appsecret_proof/i,
    kind: 'message',
    says: `The token is not of the app that FACEBOOK_APP_SECRET is the secret of. Both have to be of the same Meta app: ${IN_THE_DASHBOARD}.`,
  },
  {
    codes: [101],
    kind: 'message',
    says: `Facebook does not know the app of this server. FACEBOOK_APP_ID has to be the number of your Meta app: ${IN_THE_DASHBOARD}.`,
  },
];

const FAILURES: Meaning[] = [
  ...WRONG_SETTINGS,
  { codes: ['10/2018278', '10/2534022'], kind: 'message', says: WINDOW_SENTENCE },
  {
    codes: [551, '200/1545041', '10/2018108'],
    kind: 'message',
    says: 'This person cannot be reached: they blocked the page, closed their account, or do not take messages at the moment.',
  },
  {
    codes: ['10/1893063'],
    kind: 'account',
    says: 'Facebook restricted this page: an administrator has to look at the Page Quality tab of the page.',
  },
  {
    codes: ['190/458'],
    kind: 'token',
    says: 'The person who connected this page took the permission back: connect the page again.',
  },
  {
    codes: ['190/460'],
    kind: 'token',
    says: 'The person who connected this page changed their password: connect the page again.',
  },
  { codes: ['190/463'], kind: 'token', says: 'The permission for this page has expired: connect the page again.' },
  {
    codes: [190, 102],
    kind: 'token',
    says: 'Facebook no longer accepts the permission for this page: connect the page again.',
  },
  { codes: ['100/2018001'], kind: 'message', says: 'Facebook knows no such person for this page.' },
  { codes: ['100/2018109'], kind: 'message', says: 'The attachment is too large for Messenger: send a smaller one.' },
  {
    codes: ['100/2018047'],
    kind: 'message',
    says: 'Facebook could not fetch the attachment, or does not take its kind: send it as another file.',
  },
  {
    codes: [4, 17, 32, 613],
    kind: 'throttled',
    says: 'Facebook asks to send more slowly.',
  },
  { codes: [1, 2, 1200], kind: 'transient', says: 'Facebook has trouble at the moment.' },
  {
    codes: [10, [200, 299]],
    kind: 'account',
    says: 'Facebook does not allow this page to write: an administrator has to look at the permissions of the Meta app and of the page.',
  },
  { codes: [368], kind: 'account', says: 'Facebook blocked this page for a while, for breaking its rules.' },
];

export const MESSENGER: GraphProduct = { name: 'Facebook', failures: FAILURES };
