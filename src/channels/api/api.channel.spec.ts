import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { NoAnswerError, NotSentError, ProviderError } from '../provider.js';
import type { Http, ProviderAnswer, ProviderFailure, ProviderRequest } from '../provider.js';
import type { OutgoingMessage } from '../outgoing.js';
import { toAccessToken } from './api.access.js';
import { apiChannel } from './api.channel.js';
import { messageReceived, receiptCame } from './api.events.js';

const NOW = new Date('2026-11-21T10:00:00Z');
const SECRETS = ['whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3', 'whsec_OTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMy'];
const APP = { apiUrl: '', oauthUrl: '', appId: '', appSecret: '', webhookSecret: '', verifyToken: '', signatures: [] };
const MESSAGE: OutgoingMessage = {
  ...{
    id: 'm-1',
    customerExternalId: 'c-1',
    text: 'Chào',
    attachments: [{ type: 'image', url: 'https://x.example/a' }],
  },
  ...{ quickReplies: [{ title: 'Yes', payload: 'y' }], template: null, tag: null, replyTo: 'p-0' },
};

describe('The API channel', () => {
  it('posts a message to the endpoint, signed with every secret', async () => {
    const { http, sent } = answering({ status: 202, body: { providerMessageId: 'p-1' } });
    expect(await send(http)).toBe('p-1');
    const [request] = sent;
    expect(request).toMatchObject({ method: 'POST', url: 'https://partner.example/hooks' });
    for (const secret of SECRETS)
      expect(new Webhook(secret).verify(JSON.stringify(request?.json), request?.headers ?? {})).toMatchObject({
        ...{
          type: 'message.send',
          data: { messageId: 'm-1', oaId: 'shop', customerExternalId: 'c-1', replyTo: 'p-0' },
        },
      });
  });

  it.each([[{}], ['thanks'], [{ providerMessageId: '' }], [{ providerMessageId: { a: 1 } }], [null]])(
    'keeps our own id where the answer names none: %j',
    async (body) => {
      expect(await send(answering({ status: 200, body }).http)).toBe('m-1');
    },
  );

  it.each<[number, ProviderFailure['kind']]>([
    [302, 'account'],
    [400, 'message'],
    [401, 'account'],
    [404, 'account'],
    [408, 'transient'],
    [410, 'account'],
    [422, 'message'],
    [429, 'throttled'],
    [500, 'transient'],
    [503, 'transient'],
  ])('takes status %i for %s', async (status, kind) => {
    const failure = await failureOf(
      answering({ status, headers: { 'retry-after': '7' }, body: { message: 'No' } }).http,
    );
    expect(failure).toMatchObject({ kind, code: `http_${status}`, retryAfterMs: 7_000 });
    expect(failure.message).toMatch(/: No$/);
  });

  it('tries again where no answer came, since the same webhook-id goes out', async () => {
    expect(await failureOf(failing(new NoAnswerError('too slow')))).toMatchObject({ kind: 'transient' });
    await expect(send(failing(new NotSentError('away')))).rejects.toThrow(NotSentError);
  });

  it('says so where no endpoint takes its messages', async () => {
    const { http, sent } = answering({ status: 200 });
    const page = { oaId: 'shop', businessId: null, accessToken: toAccessToken(null) };
    await expect(apiChannel.send(MESSAGE, page, APP, http)).rejects.toMatchObject({ failure: { code: 'no_endpoint' } });
    expect(sent).toEqual([]);
  });

  it('takes what a partner tells for what a customer wrote', () => {
    const told = { messageId: 'x', customer: { externalId: 'c', phone: '1' }, text: 'Hi', attachments: [] };
    expect(messageReceived('shop', { ...told, occurredAt: null }, NOW)).toEqual({
      ...{ kind: 'message.received', oaId: 'shop', customerExternalId: 'c', profile: { phone: '1' }, text: 'Hi' },
      ...{ attachments: [], dedupeKey: 'message:x', occurredAt: NOW, providerMessageId: 'x', metadata: {} },
    });
    const ahead = messageReceived('shop', { ...told, occurredAt: new Date('2030-01-01') }, NOW);
    expect(ahead.occurredAt).toEqual(NOW);
  });

  it.each(['delivered', 'read'] as const)('takes the receipt %s for one of that message alone', (status) => {
    const receipt = { providerMessageId: 'p', customerExternalId: 'c', status, error: null };
    expect(receiptCame('shop', receipt, NOW)).toMatchObject({
      ...{ kind: `messages.${status}`, until: new Date(0), providerMessageIds: ['p'] },
    });
  });

  it('takes a failure with the words of the partner, or ours', () => {
    const receipt = { providerMessageId: 'p', customerExternalId: 'c', status: 'failed', error: null } as const;
    expect(receiptCame('shop', receipt, NOW)).toMatchObject({ failure: { kind: 'message', code: 'failed' } });
    const error = { code: 'left', message: 'They left' };
    expect(receiptCame('shop', { ...receipt, error }, NOW)).toMatchObject({ failure: error });
  });
});

function send(http: Http): Promise<string> {
  const accessToken = toAccessToken({ url: 'https://partner.example/hooks', secrets: SECRETS });
  return apiChannel.send(MESSAGE, { oaId: 'shop', businessId: null, accessToken }, APP, http);
}

async function failureOf(http: Http): Promise<ProviderFailure> {
  const error: unknown = await send(http).catch((thrown: unknown) => thrown);
  if (error instanceof ProviderError) return error.failure;
  throw error;
}

function answering(answer: Partial<ProviderAnswer>): { http: Http; sent: ProviderRequest[] } {
  const sent: ProviderRequest[] = [];
  const whole = { status: 200, headers: {}, body: {}, ...answer };
  const http = {
    ...failing(new Error('not asked for')),
    send: (request: ProviderRequest) => (sent.push(request), Promise.resolve(whole)),
  };
  return { http, sent };
}

function failing(error: Error): Http {
  return { send: () => Promise.reject(error), download: () => Promise.reject(error) };
}
