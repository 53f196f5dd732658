import ipaddr from 'ipaddr.js';

/** One environment variable: what it means, what it is when absent, and how its text becomes a value. */
export interface Setting<T> {
  description: string;
  default: T;
  /** Returns the value or throws a sentence that says what would be right. */
  parse(text: string): T;
}

export const text = (description: string, fallback = ''): Setting<string> => ({
  description,
  default: fallback,
  parse: (value) => value,
});

export const flag = (description: string, fallback: boolean): Setting<boolean> => ({
  description,
  default: fallback,
  parse: (value) => {
    if (value === 'true' || value === 'false') return value === 'true';
    throw new Error('must be true or false');
  },
});

export const whole = (description: string, fallback: number, min: number, max: number): Setting<number> => ({
  description,
  default: fallback,
  parse: (value) => {
    const number = Number(value);
    if (/^\d{1,9}$/.test(value) && number >= min && number <= max) return number;
    throw new Error(`must be a whole number from ${min} to ${max}`);
  },
});

export const url = (description: string, fallback: string, protocols: string[]): Setting<string> => ({
  description,
  default: fallback,
  parse: (value) => {
    const parsed = URL.canParse(value) ? new URL(value) : null;
    if (parsed?.hostname && protocols.includes(parsed.protocol)) return value;
    const starts = protocols.map((protocol) => `${protocol}//`).join(' or ');
    throw new Error(`must be a URL that starts with ${starts} and names a host`);
  },
});

export const oneOf = <T extends string>(description: string, fallback: T, values: readonly T[]): Setting<T> => ({
  description,
  default: fallback,
  parse: (value) => {
    const known = values.find((candidate) => candidate === value);
    if (known) return known;
    throw new Error(`must be one of ${values.join(', ')}`);
  },
});

/** Comma-separated. `fault` says what is wrong with an item, without repeating it: it may be a secret. */
export const list = (description: string, fault: (item: string) => string | null): Setting<string[]> => ({
  description,
  default: [],
  parse: (value) => {
    const items = value.split(',').map((item) => item.trim());
    const faults = items.filter(Boolean).map(fault);
    const first = faults.find((found) => found !== null);
    if (first) throw new Error(first);
    return items.filter(Boolean);
  },
});

/** Comma-separated words of a known set; all of them where absent. */
export const choices = (description: string, known: string[]): Setting<string[]> => ({
  ...list(description, (item) => (known.includes(item) ? null : `must be among ${known.join(', ')}`)),
  default: known,
});

export const webProtocols = ['http:', 'https:'];

export function networkFault(item: string): string | null {
  return ipaddr.isValidCIDR(item) ? null : 'must be networks such as 10.1.0.0/16 or fd00::/8';
}

export function originFault(item: string): string | null {
  const isOrigin = URL.canParse(item) && new URL(item).origin === item;
  return isOrigin ? null : 'must be origins such as https://app.example.com, without path or slash at the end';
}
