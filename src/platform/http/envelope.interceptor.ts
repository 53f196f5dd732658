import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { map } from 'rxjs';
import type { Observable } from 'rxjs';
import { ENDPOINT } from './endpoint.js';
import type { EndpointOptions } from './endpoint.js';

/** Wraps what a controller returns as its `@Endpoint` says. */
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor<object, unknown> {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler<object>): Observable<unknown> {
    const { envelope = 'data' } = this.reflector.get<EndpointOptions | undefined>(ENDPOINT, context.getHandler()) ?? {};
    if (envelope !== 'raw') keptByNobody(context.switchToHttp().getResponse<FastifyReply>());
    return next.handle().pipe(map((value) => wrap(value, envelope)));
  }
}

/** Answers hold tokens, keys and customers' words: no browser and no proxy on the way stores them. Source: RFC 6749, 5.1. */
function keptByNobody(reply: FastifyReply): void {
  void reply.header('cache-control', 'no-store');
}

function wrap(value: object, envelope: NonNullable<EndpointOptions['envelope']>): unknown {
  if (envelope === 'raw') return value;
  if (envelope === 'data') return { ok: true, data: value };
  if (envelope === 'top level') return { ok: true, ...value };
  if ('items' in value && 'pagination' in value) return { ok: true, data: value.items, pagination: value.pagination };
  throw new TypeError('An endpoint that answers with a list must return { items, pagination }');
}
