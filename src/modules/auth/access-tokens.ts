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

/** Whose a token is, and for which organization. */
export interface TokenHolder {
  userId: string;
  orgId: string;
  act?: { sub: string; orgId: string };
}

/** What an access token says. */
interface Claims extends TokenHolder {
  sub: string;
  username: string;
  email: string | null;
  role: string;
}

/** The claims of a token that was signed: until when, in seconds since 1970. */
export interface AccessClaims extends Claims {
  exp: number;
}

@Injectable()
export class AccessTokens {
  constructor(private readonly jwt: JwtService) {}

  sign({ userId, username, email, role, orgId, homeOrgId }: TokenSubject): Promise<string> {
    const claims: Claims = { sub: userId, userId, username, email, role, orgId };
    return this.jwt.signAsync(homeOrgId === orgId ? claims : { ...claims, act: { sub: userId, orgId: homeOrgId } });
  }
}
