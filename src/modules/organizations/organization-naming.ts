import { randomBytes } from 'node:crypto';
import { AppError } from '../../platform/http/app-error.js';

export function newId(): string {
  return `org_${randomBytes(10).toString('hex')}`;
}

/** `ACME Corp.` -> `acme-corp`. 422 where nothing is left to be a name. */
export function toName(displayName: string): string {
  const plain = displayName.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll(/đ/gi, 'd').toLowerCase();
  const name = plain
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 63)
    .replace(/-$/, '');
  if (name.length < 2) throw AppError.invalidField('organizationName', 'must have two or more letters or digits');
  return name;
}
