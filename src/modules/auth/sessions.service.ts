import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { Events } from '../../platform/events/events.js';
import { AppError } from '../../platform/http/app-error.js';
import { isSameHash, makeSecret, readSecret } from '../../platform/secrets/located-secret.js';
import type { LocatedSecret } from '../../platform/secrets/located-secret.js';
import { UserChanged } from '../users/user.events.js';
import { UsersService } from '../users/users.service.js';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens.js';
import type { TokenSubject } from './access-tokens.js';
import type { TokensView } from './auth.view.js';
import { Callers } from './callers.js';
import { RefreshTokensRepository } from './refresh-tokens.repository.js';
import type { RefreshTokenRow } from './refresh-tokens.repository.js';

const PREFIX = 'pd_rt';
const LIFETIME_MS = 30 * 24 * 3_600_000;

/** Access and refresh tokens: single use, rotating; the re-use of a spent one ends its whole family. */
@Injectable()
export class SessionsService implements OnModuleInit {
  constructor(
    private readonly tokens: RefreshTokensRepository,
    private readonly accessTokens: AccessTokens,
    private readonly users: UsersService,
    private readonly callers: Callers,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** A new password or a deactivation ends every session of that user, in the same transaction. */
  onModuleInit(): void {
    this.events.recordAll(async (event) => {
      if (event instanceof UserChanged && event.endsSessions) await this.tokens.revokeAllOf(event.target.id);
    });
  }

  /** Begins a family. */
  async begin(subject: TokenSubject): Promise<TokensView> {
    return this.atHome(subject.homeOrgId, async () => {
      await this.tokens.removeExpired(subject.userId);
      return this.issue(subject, uuidv7());
    });
  }

  /** 401 for a token that is unknown, spent, revoked or over. */
  async refresh(text: string): Promise<TokensView> {
    const secret = this.read(text);
    const tokens = await this.atHome(secret.orgId, async () => {
      const row = await this.presented(secret);
      if (!row || row.isOver) return null;
      if (row.isSpent) return this.endFamily(row);
      await this.tokens.spend(row.id);
      return this.issue(await this.subjectOf(row, secret.orgId), row.familyId);
    });
    if (!tokens) throw refused();
    return tokens;
  }

  /** Ends the family of a refresh token. 401 for one that is unknown. */
  async end(text: string): Promise<void> {
    const secret = this.read(text);
    const row = await this.atHome(secret.orgId, async () => {
      const presented = await this.presented(secret);
      if (presented) await this.endFamily(presented);
      return presented;
    });
    if (!row) throw refused();
  }

  private read(text: string): LocatedSecret {
    const secret = readSecret(PREFIX, text);
    if (!secret) throw refused();
    return secret;
  }

  private async presented({ id, hash }: LocatedSecret): Promise<RefreshTokenRow | undefined> {
    const row = await this.tokens.lock(id);
    return row && isSameHash(row.tokenHash, hash) ? row : undefined;
  }

  private async endFamily({ familyId }: RefreshTokenRow): Promise<null> {
    await this.tokens.revokeFamily(familyId);
    return null;
  }

  /** The user as they are now: a demotion or deactivation since the last refresh counts. */
  private async subjectOf({ userId, boundOrgId }: RefreshTokenRow, homeOrgId: string): Promise<TokenSubject> {
    const orgId = boundOrgId ?? homeOrgId;
    const user = await this.users.standing(userId);
    await this.callers.fromToken({ userId, orgId, ...(boundOrgId && { act: { sub: userId, orgId: homeOrgId } }) });
    if (!user) throw refused();
    return { userId, username: user.username, email: user.email, role: user.role, orgId, homeOrgId };
  }

  private async issue(subject: TokenSubject, familyId: string): Promise<TokensView> {
    const { userId, orgId, homeOrgId } = subject;
    const { id, text, hash: tokenHash } = makeSecret(PREFIX, homeOrgId);
    const boundOrgId = orgId === homeOrgId ? null : orgId;
    await this.tokens.create({
      id,
      familyId,
      userId,
      boundOrgId,
      tokenHash,
      expiresAt: new Date(Date.now() + LIFETIME_MS),
    });
    return { accessToken: await this.accessTokens.sign(subject), refreshToken: text, expiresIn: ACCESS_TOKEN_SECONDS };
  }

  private atHome<T>(orgId: string, work: () => Promise<T>): Promise<T> {
    return OrgContext.runAsSystem(orgId, 'session', () => this.database.transaction(work));
  }
}

function refused(): AppError {
  return AppError.unauthenticated('The refresh token is not valid: sign in again');
}
