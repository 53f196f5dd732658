import { Injectable } from '@nestjs/common';
import { apiChannel } from '../../channels/api/api.channel.js';
import type { Channel, Platform } from '../../channels/channel.js';
import type { Http, ProviderApp } from '../../channels/provider.js';
import { facebookChannel } from '../../channels/facebook/facebook.channel.js';
import { whatsappChannel } from '../../channels/whatsapp/whatsapp.channel.js';
import { zaloChannel } from '../../channels/zalo/zalo.channel.js';
import { Config } from '../../platform/config/config.js';
import { PartnerHttp } from './partner-http.js';
import { ProviderHttp } from './provider-http.js';

const CHANNELS: Record<Platform, Channel> = {
  facebook: facebookChannel,
  whatsapp: whatsappChannel,
  zalo: zaloChannel,
  api: apiChannel,
};

const NO_APP: ProviderApp = {
  apiUrl: '',
  oauthUrl: '',
  appId: '',
  appSecret: '',
  webhookSecret: '',
  verifyToken: '',
  signatures: [],
};

/** Every channel, and who this server is at its provider's. A fourth one is a folder in `channels/` and a line here. */
@Injectable()
export class Channels {
  /** How long a page waits from one message to the next, in milliseconds: JSON, by platform. */
  readonly pausesMs = JSON.stringify(
    Object.fromEntries(Object.values(CHANNELS).map((one) => [one.platform, 1_000 / one.messagesPerSecond])),
  );
  private readonly apps: Record<Platform, ProviderApp>;

  constructor(
    { settings }: Config,
    private readonly providers: ProviderHttp,
    private readonly partners: PartnerHttp,
  ) {
    this.apps = {
      facebook: {
        ...NO_APP,
        apiUrl: settings.FACEBOOK_GRAPH_URL,
        appId: settings.FACEBOOK_APP_ID,
        appSecret: settings.FACEBOOK_APP_SECRET,
        webhookSecret: settings.FACEBOOK_APP_SECRET,
        verifyToken: settings.FACEBOOK_VERIFY_TOKEN,
      },
      whatsapp: {
        ...NO_APP,
        apiUrl: settings.WHATSAPP_GRAPH_URL,
        appSecret: settings.WHATSAPP_APP_SECRET,
        webhookSecret: settings.WHATSAPP_APP_SECRET,
        verifyToken: settings.WHATSAPP_VERIFY_TOKEN,
      },
      zalo: {
        ...NO_APP,
        apiUrl: settings.ZALO_API_URL,
        oauthUrl: settings.ZALO_OAUTH_URL,
        appId: settings.ZALO_APP_ID,
        appSecret: settings.ZALO_APP_SECRET,
        webhookSecret: settings.ZALO_OA_SECRET_KEY,
        signatures: settings.ZALO_SIGNATURES,
      },
      api: NO_APP,
    };
  }

  /** `platform` is a row's, which the database holds to the list. */
  of(platform: string): Channel {
    return CHANNELS[platform as Platform];
  }

  /** How its provider is reached: a partner's address is not ours to choose, and is looked at before it is used. */
  httpOf(platform: string): Http {
    return platform === 'api' ? this.partners : this.providers;
  }

  appOf(platform: string): ProviderApp {
    return this.apps[platform as Platform];
  }
}
