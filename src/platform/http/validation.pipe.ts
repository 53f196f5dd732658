import { Injectable, ValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata, Type, ValidationError } from '@nestjs/common';
import { AppError } from './app-error.js';
import type { ErrorDetail } from './app-error.js';
import { unstorable } from './storable.js';

/** Every body and query against its DTO: unknown fields and wrong values are 422, each named with what would be right. */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  /** Queries that may be left out. What nothing amounts to is the same every time, and need not be found out again. */
  private readonly optional = new Set<Type<unknown>>();

  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      stopAtFirstError: true,
      exceptionFactory: (errors) => AppError.invalid(errors.flatMap((error) => toDetails(error))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body' && metadata.type !== 'query') return value;
    if (metadata.type === 'body' && metadata.metatype === Object) return value;
    if (metadata.type === 'query' && isNothing(value)) return this.transformNothing(metadata);
    const fault = unstorable(value);
    if (fault) throw AppError.invalid([fault]);
    const said: unknown = value === undefined ? {} : value; // No body says nothing, which is enough where nothing has to be said.
    if (metadata.type === 'body' && !isObject(said)) throw AppError.invalidField('', 'must be a JSON object');
    return super.transform(said, metadata);
  }

  private async transformNothing(metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    if (metatype && this.optional.has(metatype)) return new metatype();
    const defaults: unknown = await super.transform({}, metadata);
    if (metatype) this.optional.add(metatype);
    return defaults;
  }
}

function isNothing(query: unknown): boolean {
  return typeof query === 'object' && query !== null && Object.keys(query).length === 0;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toDetails({ property, constraints, children }: ValidationError, parent = ''): ErrorDetail[] {
  const path = parent === '' ? property : `${parent}.${property}`;
  const own = Object.entries(constraints ?? {}).map(([rule, message]) => ({ path, message: inWords(rule, message) }));
  return own.concat((children ?? []).flatMap((child) => toDetails(child, path)));
}

/** class-validator's own sentences speak of "property x should not exist"; ours say what the client can do. */
function inWords(rule: string, message: string): string {
  if (rule === 'whitelistValidation') return 'is not a field of this request: leave it out';
  if (rule === 'nestedValidation') return 'must be an object';
  return message;
}
