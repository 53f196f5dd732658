import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../platform/http/app-error.js';

/** How many requests a minute, of all nodes together. */
export interface RequestAllowance {
  organization: number;
  /** Of one user or API key. */
  caller: number;
}

/** The key of `settings` that overrides what the tier allows. Only the platform may set it: see OrganizationsService. */
export const RATE_LIMITS = 'rateLimits';
const OVERRIDES = { organizationPerMinute: 'organization', callerPerMinute: 'caller' } as const;
const MOST_PER_MINUTE = 10_000_000;

const STANDARD: RequestAllowance = { organization: 60_000, caller: 30_000 };
const BY_TIER = new Map<string, RequestAllowance>([
  ['free', { organization: 6_000, caller: 3_000 }],
  ['standard', STANDARD],
  ['enterprise', { organization: 600_000, caller: 300_000 }],
]);

/** What a tier allows, as far as `overrides` does not say otherwise. */
export function requestAllowance(tier: string, overrides: unknown): RequestAllowance {
  const allowance = { ...(BY_TIER.get(tier) ?? STANDARD) };
  for (const [name, value] of Object.entries(fieldsOf(overrides)))
    if (isOverride(name) && isPerMinute(value)) allowance[OVERRIDES[name]] = value;
  return allowance;
}

/** 422 where overrides could not be understood later. */
export function assertOverrides(settings: Record<string, unknown> = {}): void {
  const overrides = settings[RATE_LIMITS];
  if (overrides === undefined) return;
  const path = `settings.${RATE_LIMITS}`;
  if (!isObject(overrides)) throw AppError.invalidField(path, 'must be an object');
  for (const [name, value] of Object.entries(overrides)) {
    if (!isOverride(name))
      throw AppError.invalidField(`${path}.${name}`, `must be ${Object.keys(OVERRIDES).join(' or ')}`);
    if (!isPerMinute(value))
      throw AppError.invalidField(`${path}.${name}`, `must be a whole number from 1 to ${MOST_PER_MINUTE}`);
  }
}

/** New settings of an organization that does not set its own limits: what the platform has set stays. 422 for others. */
export function keepingOverrides(before: unknown, settings: Record<string, unknown>): Record<string, unknown> {
  const { [RATE_LIMITS]: asked, ...rest } = settings;
  const kept = Object.fromEntries(Object.entries(fieldsOf(before)).filter(([name]) => name === RATE_LIMITS));
  if (asked !== undefined && !isDeepStrictEqual(asked, kept[RATE_LIMITS]))
    throw AppError.invalidField(`settings.${RATE_LIMITS}`, 'is set by the platform: leave it out');
  return { ...rest, ...kept };
}

function isOverride(name: string): name is keyof typeof OVERRIDES {
  return Object.hasOwn(OVERRIDES, name);
}

function isPerMinute(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_PER_MINUTE;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): object {
  return isObject(value) ? value : {};
}
