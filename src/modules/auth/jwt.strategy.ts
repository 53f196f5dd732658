import { createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Config } from '../../platform/config/config.js';
import { AppError } from '../../platform/http/app-error.js';
import { AUDIENCE, ISSUER, areClaims, tokenExpired } from './access-tokens.js';
import type { AccessClaims } from './access-tokens.js';

/** The signing key as a KeyObject: given text, jsonwebtoken first tries to read it as a public key, 40 times slower. */
export function jwtKey(config: Config): KeyObject {
  return createSecretKey(Buffer.from(config.settings.JWT_SECRET));
}

/** Verifies a bearer token: HS256 only, our issuer and audience, not expired. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(config: Config) {
    // Its types know text and bytes only; it hands the key on to jsonwebtoken, which takes a KeyObject.
    const key: unknown = jwtKey(config);
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: key as Buffer,
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
    });
  }

  /** Signed with our secret, and yet whatever else signs with it may have put anything in: what is used is looked at first. */
  validate(claims: unknown): AccessClaims {
    if (!areClaims(claims)) throw AppError.unauthenticated('The access token is not valid');
    return claims;
  }
}

/** passport's verdict in our words. */
@Injectable()
export class JwtCredential extends AuthGuard('jwt') {
  override handleRequest<T>(error: unknown, claims: T | false, info: unknown): T {
    if (error instanceof Error) throw error;
    if (claims) return claims;
    if (info instanceof Error && info.name === 'TokenExpiredError') throw tokenExpired();
    throw AppError.unauthenticated('The access token is not valid');
  }
}
