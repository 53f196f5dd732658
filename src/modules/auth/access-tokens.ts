import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';

export const ACCESS_TOKEN_SECONDS = 3_600;
export const ISSUER = 'polydesk';
export const AUDIENCE = 'polydesk';

/** Who an access token is for. `orgId` is the organization it is bound to. */
export interface TokenSubject {
  userId: string;
  username: string;
  email: string | null;
  role: string;
  orgId: string;
  /** The user's home, where a super admin switched into another organization. Source: RFC 8693, "act". */
  homeOrgId: string;
}

/** The claims of an access token. */
export interface AccessClaims {
  sub: string;
  userId: string;
  username: string;
  email: string | null;
  role: string;
  orgId: string;
  act?: { sub: string; orgId: string };
}

@Injectable()
export class AccessTokens {
  constructor(private readonly jwt: JwtService) {}

  sign({ userId, username, email, role, orgId, homeOrgId }: TokenSubject): Promise<string> {
    const claims: AccessClaims = { sub: userId, userId, username, email, role, orgId };
    return this.jwt.signAsync(homeOrgId === orgId ? claims : { ...claims, act: { sub: userId, orgId: homeOrgId } });
  }
}
