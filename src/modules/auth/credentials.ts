import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/http/app-error.js';
import { AccessTokens } from './access-tokens.js';
import { Callers } from './callers.js';
import type { Caller } from './callers.js';

/** What a connection presents. Exactly one of them must be there. */
export interface Presented {
  token: unknown;
  apiKey: unknown;
  /** The headers that a request would bring. */
  authorization: unknown;
  apiKeyHeader: unknown;
}

/** A caller who stays connected. */
export interface Recognized {
  caller: Caller;
  /** Null for users. */
  apiKey: string | null;
  /** When the access token ends, in milliseconds since 1970; null for API keys, whose end is looked up. */
  endsAt: number | null;
}

/** Who presents a credential outside of a request: as strict as the guard is with requests. */
@Injectable()
export class Credentials {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly callers: Callers,
  ) {}

  /** 401 for none, for several and for one that is not valid; 403 `organization_inactive`. */
  async recognize({ token, apiKey, authorization, apiKeyHeader }: Presented): Promise<Recognized> {
    const present = [token, apiKey, authorization, apiKeyHeader].filter((value) => value !== undefined);
    const [value] = present;
    if (typeof value !== 'string' || present.length > 1) throw AppError.unauthenticated();
    if (value === apiKey || value === apiKeyHeader) return this.ofKey(value);
    return this.ofToken(value === token ? value : bearerOf(value));
  }

  private async ofToken(token: string): Promise<Recognized> {
    const claims = await this.tokens.verify(token);
    return { caller: await this.callers.fromToken(claims), apiKey: null, endsAt: claims.exp * 1_000 };
  }

  private async ofKey(apiKey: string): Promise<Recognized> {
    return { caller: await this.callers.fromKey(apiKey), apiKey, endsAt: null };
  }
}

/** Source: RFC 6750, 2.1. */
function bearerOf(authorization: string): string {
  const [, token] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw AppError.unauthenticated('The access token is not valid');
  return token;
}
