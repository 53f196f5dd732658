import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';
import { ENDPOINT } from '../../platform/http/endpoint.js';
import type { EndpointOptions } from '../../platform/http/endpoint.js';
import type { AccessClaims } from './access-tokens.js';
import { Callers } from './callers.js';
import type { Caller } from './callers.js';
import { JwtCredential } from './jwt.strategy.js';
import { RequestLimits } from './request-limits.js';
import { VerifiedTokens } from './verified-tokens.js';

/**
 * The first wall: who is it, for which organization, and may they? The organization comes from the credential alone and is
 * bound once. Closed by default: a route without `@Endpoint` answers 403.
 */
@Injectable()
export class OrgContextGuard implements CanActivate {
  private readonly verified = new VerifiedTokens();

  constructor(
    private readonly reflector: Reflector,
    private readonly bearer: JwtCredential,
    private readonly callers: Callers,
    private readonly limits: RequestLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const endpoint = this.reflector.get<EndpointOptions | undefined>(ENDPOINT, context.getHandler());
    if (!endpoint) throw AppError.forbidden();
    const request = context.switchToHttp().getRequest<FastifyRequest & { user?: AccessClaims }>();
    if (isOpen(endpoint, request)) return true;
    const caller = await this.identify(context, request);
    request.orgContext?.bind(caller.orgId, caller.actor);
    await this.limits.count(caller, context.switchToHttp().getResponse<FastifyReply>());
    if (!mayCall(caller.actor, endpoint)) throw AppError.forbidden();
    return true;
  }

  private async identify(
    context: ExecutionContext,
    request: FastifyRequest & { user?: AccessClaims },
  ): Promise<Caller> {
    const { authorization, 'x-api-key': key } = request.headers;
    if ((authorization === undefined) === (key === undefined)) throw AppError.unauthenticated();
    if (typeof key === 'string') return this.callers.fromKey(key);
    const header = authorization ?? '';
    return this.callers.fromToken(this.verified.find(header) ?? (await this.verify(context, request, header)));
  }

  private async verify(
    context: ExecutionContext,
    request: FastifyRequest & { user?: AccessClaims },
    header: string,
  ): Promise<AccessClaims> {
    await this.bearer.canActivate(context);
    if (!request.user) throw AppError.unauthenticated();
    this.verified.keep(header, request.user);
    return request.user;
  }
}

function isOpen(endpoint: EndpointOptions, { headers }: FastifyRequest): boolean {
  if (endpoint.public !== 'or signed in') return endpoint.public === true;
  return headers.authorization === undefined && headers['x-api-key'] === undefined;
}

function mayCall({ permissions, type }: Actor, { needs, usersOnly }: EndpointOptions): boolean {
  if (usersOnly && type !== 'user') return false;
  if (needs === undefined) return true;
  return typeof needs === 'string' ? permissions.has(needs) : needs.some((permission) => permissions.has(permission));
}
