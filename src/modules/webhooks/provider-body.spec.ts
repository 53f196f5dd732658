import { describe, expect, it } from '@jest/globals';
import type { Channel } from '../../channels/channel.js';
import { facebookChannel } from '../../channels/facebook/facebook.channel.js';
import { whatsappChannel } from '../../channels/whatsapp/whatsapp.channel.js';
import { zaloChannel } from '../../channels/zalo/zalo.channel.js';
import { PROVIDER_BODIES } from './provider-body.js';

describe('The body that the document shows of a provider', () => {
  it.each<[keyof typeof PROVIDER_BODIES, Channel]>([
    ['facebook', facebookChannel],
    ['whatsapp', whatsappChannel],
    ['zalo', zaloChannel],
  ])('is one message of a customer for %s', (platform, channel) => {
    const { example, required } = PROVIDER_BODIES[platform];
    expect(channel.translate(example)).toMatchObject([{ kind: 'message.received', text: 'Xin chào' }]);
    expect(Object.keys(example)).toEqual(expect.arrayContaining(Object.keys(required)));
  });
});
