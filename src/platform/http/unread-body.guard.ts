import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { RequestValidationPipe } from './validation.pipe.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** What may be said to a route that reads no body: nothing. */
class NoFields {}

/** The validation pipe only sees bodies that a handler reads. The others are held to the same rules here: any field is unknown. */
@Injectable()
export class UnreadBodyGuard implements CanActivate {
  private readonly rules = new RequestValidationPipe();
  private readonly readers = new Map<Handler, boolean>();

  canActivate(context: ExecutionContext): true | Promise<true> {
    const { body } = context.switchToHttp().getRequest<FastifyRequest>();
    return body === undefined || this.isRead(context) || this.assertEmpty(body);
  }

  private isRead(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const isRead = this.readers.get(handler) ?? readsBody(context);
    this.readers.set(handler, isRead);
    return isRead;
  }

  private async assertEmpty(body: unknown): Promise<true> {
    await this.rules.transform(body, { type: 'body', metatype: NoFields });
    return true;
  }
}

function readsBody(context: ExecutionContext): boolean {
  const parameters: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name);
  return Object.keys(parameters ?? {}).some((key) => key.startsWith(`${RouteParamtypes.BODY}:`));
}
