/** What was wrong with one field: where it is, and what would be right. */
export interface ErrorDetail {
  path: string;
  message: string;
}

/** A refusal that the client can act on. One filter turns it into the contract's failure envelope. */
export class AppError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly details?: readonly object[],
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = 'AppError';
  }

  /** The same for what does not exist and for what belongs to somebody else. */
  static notFound(): AppError {
    return new AppError('not_found', 404, 'There is nothing here by that name or id');
  }

  static invalid(details: readonly ErrorDetail[]): AppError {
    return new AppError('invalid', 422, 'The request has fields that cannot be accepted', details);
  }

  /** One field at fault. */
  static invalidField(path: string, message: string): AppError {
    return AppError.invalid([{ path, message }]);
  }

  static unauthenticated(message = 'Send one credential: Authorization: Bearer <token>, or x-api-key'): AppError {
    return new AppError('unauthenticated', 401, message);
  }

  static forbidden(message = 'This caller may not do that'): AppError {
    return new AppError('forbidden', 403, message);
  }

  static malformed(message: string): AppError {
    return new AppError('malformed', 400, message);
  }

  /** `limit` is the one that was reached, where the caller has not been told yet how they stand. */
  static rateLimited(retryAfterSeconds: number, limit?: number): AppError {
    const seconds = String(Math.max(1, Math.ceil(retryAfterSeconds)));
    return new AppError('rate_limited', 429, `Too many requests: try again in ${seconds} s`, undefined, {
      'retry-after': seconds,
      ...(limit !== undefined && {
        'ratelimit-limit': String(limit),
        'ratelimit-remaining': '0',
        'ratelimit-reset': seconds,
      }),
    });
  }
}

/** Returns what was found, or answers 404. */
export function found<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw AppError.notFound();
  return value;
}

/** 422 at each of a field's ids that is not among the known ones, in the same words for foreign ones as for none. */
export function assertKnown(field: string, ids: string[], known: string[], message: string): void {
  const isKnown = (id: string) => known.includes(id.toLowerCase());
  const faults = ids.flatMap((id, place) => (isKnown(id) ? [] : [{ path: `${field}.${place}`, message }]));
  if (faults.length > 0) throw AppError.invalid(faults);
}
