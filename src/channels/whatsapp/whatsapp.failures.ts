/** What WhatsApp's error codes mean, in answers and in statuses. Source: Cloud API, error codes. */

import type { Meaning } from '../meta.failures.js';
import type { GraphProduct } from '../meta.graph.js';

export const WINDOW_SENTENCE =
  'WhatsApp allows free answers for 24 hours after the customer last wrote; afterwards only an approved template: send one of those.';

/** WhatsApp lets one person be written to about every 6 seconds. */
const PAUSE_FOR_ONE_PERSON = 6_000;

const FAILURES: Meaning[] = [
  { codes: [131047], kind: 'message', says: WINDOW_SENTENCE },
  {
    codes: [0, 190],
    kind: 'token',
    says: 'WhatsApp no longer accepts the permission for this number: connect it again.',
  },
  {
    codes: [3, 10, 131005, [200, 299]],
    kind: 'account',
    says: 'WhatsApp does not allow this number to write: an administrator has to look at the permissions of the Meta app.',
  },
  {
    codes: [131056],
    kind: 'throttled',
    says: 'WhatsApp asks to write to this customer more slowly.',
    retryAfterMs: PAUSE_FOR_ONE_PERSON,
    isRecipientOnly: true,
  },
  { codes: [4, 80007, 130429, 131048, 133016], kind: 'throttled', says: 'WhatsApp asks to send more slowly.' },
  { codes: [2, 131000, 131016, 131057], kind: 'transient', says: 'WhatsApp has trouble at the moment.' },
  {
    codes: [131026],
    kind: 'message',
    says: 'The message could not be delivered: the number may have no WhatsApp, or an old one, or has not accepted its terms.',
  },
  {
    codes: [131049, 130472],
    kind: 'message',
    says: 'WhatsApp did not deliver this to keep people from getting too much advertising: try again another day, or wait until the customer writes.',
  },
  { codes: [131050], kind: 'message', says: 'The customer does not want advertising from this business any more.' },
  {
    codes: [131030],
    kind: 'message',
    says: 'This is a test number, and the customer is not on its list of recipients in the Meta app.',
  },
  { codes: [131021], kind: 'message', says: 'A number cannot write to itself.' },
  {
    codes: [131052, 131053],
    kind: 'message',
    says: 'WhatsApp could not fetch the attachment, or does not take its kind or size: send it as another file.',
  },
  { codes: [131051], kind: 'message', says: 'WhatsApp does not take this kind of message.' },
  { codes: [[132000, 132999]], kind: 'message', says: 'WhatsApp refused the template', isQuoted: true },
  {
    codes: [368, 131031],
    kind: 'account',
    says: 'WhatsApp restricted this account: the WhatsApp Manager shows why, and how to appeal.',
  },
  { codes: [130497], kind: 'account', says: 'WhatsApp does not let this account write to people in that country.' },
  {
    codes: [131042],
    kind: 'account',
    says: 'WhatsApp has trouble with the payment method of this account: an administrator has to look at it.',
  },
];

export const WHATSAPP: GraphProduct = { name: 'WhatsApp', failures: FAILURES };
