import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { isUUID } from 'class-validator';
import { AppError } from '../../platform/http/app-error.js';

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

  /** What JwtStrategy does, where there is no request. 401 `token_expired`, or `unauthenticated`. */
  async verify(token: string): Promise<AccessClaims> {
    const options = { algorithms: ['HS256' as const], issuer: ISSUER, audience: AUDIENCE };
    const claims: unknown = await this.jwt.verifyAsync<object>(token, options).catch(refuse);
    if (!areClaims(claims)) throw AppError.unauthenticated('The access token is not valid');
    return claims;
  }
}

function refuse(error: unknown): never {
  if (error instanceof Error && error.name === 'TokenExpiredError') throw tokenExpired();
  throw AppError.unauthenticated('The access token is not valid');
}

export function tokenExpired(): AppError {
  return new AppError('token_expired', 401, 'The access token has expired: refresh it');
}

/** Who it is for, where, and until when. The other claims are for clients to read: here they mean nothing. */
export function areClaims(value: unknown): value is AccessClaims {
  const { userId, orgId, exp, act } = fieldsOf(value);
  const isSwitched = act !== undefined;
  return isUUID(userId) && isOrganizationId(orgId) && Number.isInteger(exp) && (!isSwitched || isActor(act));
}

function isActor(act: unknown): boolean {
  const { sub, orgId } = fieldsOf(act);
  return isUUID(sub) && isOrganizationId(orgId);
}

function isOrganizationId(value: unknown): boolean {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
