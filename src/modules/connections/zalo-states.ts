import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import type { ChannelAuthorizationModel } from '../../platform/database/generated/prisma/models.js';
import { isSameHash, readSecret } from '../../platform/secrets/located-secret.js';
import type { LocatedSecret } from '../../platform/secrets/located-secret.js';
import { ZaloAuthorizationsRepository } from './zalo-authorizations.repository.js';
import type { KeptActor } from './zalo-authorizations.repository.js';
import { wrongState } from './zalo-connections.refusals.js';

export const STATE_PREFIX = 'pd_st';

/** What a person began: as whom to go on, and with what. */
export interface Begun {
  context: OrgContext;
  verifier: string;
  chatbotId: string | null;
}

/** The states that travel to Zalo and back: each stands for one person, one organization, one time. */
@Injectable()
export class ZaloStates {
  constructor(private readonly authorizations: ZaloAuthorizationsRepository) {}

  /** Throws the same for one that is unknown, guessed, too old or spent. */
  async spend(state: string): Promise<Begun> {
    const secret = readSecret(STATE_PREFIX, state);
    if (!secret) throw wrongState();
    return OrgContext.runAsSystem(secret.orgId, 'Zalo callback', () => this.spendIn(secret));
  }

  private async spendIn(secret: LocatedSecret): Promise<Begun> {
    const begun = await this.authorizations.find(secret.id);
    if (!begun || !isSameHash(begun.secretHash, secret.hash)) throw wrongState();
    if (!(await this.authorizations.spend(begun.id, new Date()))) throw wrongState();
    return { context: await this.contextOf(begun), verifier: begun.verifier, chatbotId: begun.chatbotId };
  }

  /** As whoever began, from where they are now. */
  private async contextOf({ actor: kept, orgId }: ChannelAuthorizationModel): Promise<OrgContext> {
    const actor = await this.authorizations.standing(kept as unknown as KeptActor); // As `create` wrote it.
    if (!actor) throw wrongState();
    const context = new OrgContext(OrgContext.current?.origin ?? { requestId: 'none', ip: null, userAgent: null });
    context.bind(orgId, actor);
    return context;
  }
}
