import { Transform } from 'class-transformer';
import { Validate, ValidatorConstraint, isISO8601 } from 'class-validator';
import type { ValidatorConstraintInterface } from 'class-validator';
import { field } from './fields.js';
import type { FieldOptions } from './fields.js';

/** A moment, ISO 8601 with a time zone; kept in UTC, to the millisecond. */
export function Moment(options: FieldOptions = {}) {
  const message = 'must be a time such as 2026-11-21T10:00:00Z';
  const inUtc = Transform(({ value }: { value: unknown }) => (isMoment(value) ? new Date(value).toISOString() : value));
  return field(
    options,
    { type: String, format: 'date-time', example: '2026-11-21T10:00:00Z' },
    inUtc,
    Validate(IsInUtc, { message }),
  );
}

function isMoment(value: unknown): value is string {
  const isWritten = isISO8601(value, { strict: true, strictSeparator: true });
  return isWritten && /T.*(Z|[+-]\d\d:?\d\d)$/.test(String(value)) && !Number.isNaN(Date.parse(String(value)));
}

/** As `Date` prints it, in years that Postgres and JavaScript agree on. A day that no month has is printed as another. */
@ValidatorConstraint()
class IsInUtc implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'string' || !/^[12]\d{3}-/.test(value) || Number.isNaN(Date.parse(value))) return false;
    return new Date(value).toISOString() === value;
  }
}
