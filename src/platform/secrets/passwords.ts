import { hash, verify } from '@node-rs/argon2';

/** argon2id, which is this library's own default kind. Source: OWASP Password Storage Cheat Sheet, argon2id with 19 MiB and two passes. About 22 ms. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** A hash that no password fits, to spend on unknown accounts the time that known ones take. */
const NOBODYS = hash('nobody has this password', OPTIONS);

export function hashPassword(password: string): Promise<string> {
  return hash(password, OPTIONS);
}

/** False also for a hash of another kind than ours. */
export async function isPassword(password: string, passwordHash: string): Promise<boolean> {
  return verify(passwordHash, password).catch(() => false);
}

/** Takes as long as checking a real password. */
export async function spendPasswordTime(password: string): Promise<void> {
  await verify(await NOBODYS, password);
}
