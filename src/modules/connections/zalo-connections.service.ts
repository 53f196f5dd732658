import { Injectable } from '@nestjs/common';
import type { ConnectablePage, Tokens } from '../../channels/provider.js';
import { accountOf } from '../../channels/zalo/zalo.account.js';
import { authorizationUrl, challengeOf, exchange, makeVerifier } from '../../channels/zalo/zalo.oauth.js';
import { Config } from '../../platform/config/config.js';
import { OrgContext } from '../../platform/context/org-context.js';
import { makeSecret } from '../../platform/secrets/located-secret.js';
import { Channels } from '../delivery/channels.js';
import { ProviderHttp } from '../delivery/provider-http.js';
import { noSuchChatbot } from '../integrations/integration.refusals.js';
import type { IntegrationView } from '../integrations/integration.view.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { askingProvider } from './provider-answers.js';
import { notThisAccount, noZaloApp } from './zalo-connections.refusals.js';
import { ZaloAuthorizationsRepository } from './zalo-authorizations.repository.js';
import type { AuthorizeZalo, ZaloAuthorizationView } from './zalo-connections.dto.js';
import { STATE_PREFIX, ZaloStates } from './zalo-states.js';

const LIFE_MS = 10 * 60_000;
const LONGEST_NAME = 255;
const CALLBACK = '/integrations/zalo/callback';

/** What Zalo's answer brings back with the person. */
export interface ZaloAnswer {
  code: string;
  oaId: string;
  state: string;
}

/** Connects Official Accounts: sends a person to Zalo, and takes what they come back with. */
@Injectable()
export class ZaloConnectionsService {
  private readonly redirectUri: string;

  constructor(
    { settings }: Config,
    private readonly authorizations: ZaloAuthorizationsRepository,
    private readonly states: ZaloStates,
    private readonly integrations: IntegrationsService,
    private readonly channels: Channels,
    private readonly http: ProviderHttp,
  ) {
    const origin = settings.PUBLIC_URL || `http://localhost:${settings.PORT}`;
    this.redirectUri = origin.replace(/\/$/, '') + CALLBACK;
  }

  async authorize({ chatbotId }: AuthorizeZalo): Promise<ZaloAuthorizationView> {
    const { app } = this;
    if (app.appId === '' || app.appSecret === '') throw noZaloApp();
    if (chatbotId && !(await this.authorizations.hasChatbot(chatbotId))) throw noSuchChatbot();
    const { id, text, hash } = makeSecret(STATE_PREFIX, OrgContext.orgId);
    const [verifier, now] = [makeVerifier(), Date.now()];
    const { type, id: actorId, name, role, orgId } = OrgContext.actor;
    const actor = { type, id: actorId, name, role, orgId, accountId: OrgContext.accountId };
    const expiresAt = new Date(now + LIFE_MS);
    await this.authorizations.forgetOlderThan(new Date(now));
    await this.authorizations.create({
      id,
      secretHash: hash,
      verifier,
      chatbotId: chatbotId ?? null,
      actor,
      expiresAt,
    });
    return { url: authorizationUrl(app, this.redirectUri, text, challengeOf(verifier)) };
  }

  /** The connected account. The state is spent before Zalo is asked, whatever comes of it. */
  async finish({ code, oaId, state }: ZaloAnswer): Promise<IntegrationView> {
    const { context, verifier, chatbotId } = await this.states.spend(state);
    return OrgContext.run(context, async () => {
      const tokens = await askingProvider(() => exchange(code, verifier, this.app, this.http));
      const account = await askingProvider(() => accountOf(tokens.accessToken, this.app, this.http));
      if (account.oaId !== oaId) throw notThisAccount();
      return this.connect(account, tokens, chatbotId);
    });
  }

  /** An account that is connected here gets the new tokens, and a chatbot only where one was chosen. */
  private async connect(account: ConnectablePage, tokens: Tokens, chatbotId: string | null): Promise<IntegrationView> {
    const { oaId, avatarUrl, accessToken } = account;
    const { refreshToken, expiresInSeconds: expiresIn } = tokens;
    const renewed = { accessToken, refreshToken, expiresIn, avatarUrl, ...(chatbotId !== null && { chatbotId }) };
    const here = await this.integrations.connectedAs({ platform: 'zalo', oaId });
    if (here) return this.integrations.update(here.id, renewed);
    const name = account.name.slice(0, LONGEST_NAME).toWellFormed();
    return this.integrations.connect({ platform: 'zalo', oaId, name, ...renewed });
  }

  private get app() {
    return this.channels.appOf('zalo');
  }
}
