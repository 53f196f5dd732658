import { Transform } from 'class-transformer';
import { IsEmail, IsString, Length, Matches } from 'class-validator';
import { Text, field } from './fields.js';
import type { FieldOptions } from './fields.js';

const USERNAME = /^[\p{L}\p{N}._@+-]{2,64}$/u;

const lowered = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim().toLowerCase() : value));

/** The id of an organization. */
export function OrganizationId(options: FieldOptions = {}) {
  return Text({ max: 64, example: 'org_default_001', ...options });
}

/** An e-mail address, kept in lower case. */
export function EmailAddress(options: FieldOptions = {}) {
  const message = 'must be an e-mail address, such as linh@example.com';
  return field(
    options,
    { type: String, format: 'email', minLength: 3, maxLength: 254, example: 'linh@example.com' },
    lowered(),
    IsEmail({}, { message }),
    Length(3, 254, { message }),
  );
}

/** What a user signs in by, kept in lower case. */
export function Username(options: FieldOptions = {}) {
  const right = 'must be 2 to 64 letters, digits, dots, hyphens, underscores or @, such as linh.tran';
  return field(
    options,
    { type: String, minLength: 2, maxLength: 64, pattern: '^[^\\s\\u0000]+$', example: 'linh.tran' },
    lowered(),
    IsString({ message: right }),
    Matches(USERNAME, { message: right }),
  );
}

/** A new password. Not trimmed: spaces are part of it. */
export function Password(options: FieldOptions = {}) {
  return passwordOf(8, 'must be a password of 8 to 256 characters', options);
}

/** A password to be checked: whatever was set once is well-formed, so only its size is looked at. */
export function CurrentPassword(options: FieldOptions = {}) {
  return passwordOf(1, 'must be the password, of at most 256 characters', options);
}

function passwordOf(minLength: number, message: string, options: FieldOptions) {
  return field(
    options,
    { type: String, format: 'password', minLength, maxLength: 256, example: 'correct horse battery' },
    IsString({ message }),
    Length(minLength, 256, { message }),
  );
}
