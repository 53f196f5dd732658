import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { Turns } from './turns.js';

/** argon2id, which is this library's own default kind. Source: OWASP Password Storage Cheat Sheet, argon2id with 19 MiB and two passes. About 22 ms. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * All cores but one, and half of the threads that Node has for everything, whatever asks for passwords to be checked: everybody
 * else is served meanwhile. A line of 200 is some 4 s long on one core. Beyond it, OverloadedError.
 */
const turns = new Turns(Math.min(2, Math.max(1, availableParallelism() - 1)), 200);

/** A hash that no password fits, to spend on unknown accounts the time that known ones take. */
const NOBODYS = hash('nobody has this password', OPTIONS);

export function hashPassword(password: string): Promise<string> {
  return turns.run(() => hash(password, OPTIONS));
}

/** False also for a hash of another kind than ours. */
export async function isPassword(password: string, passwordHash: string): Promise<boolean> {
  return turns.run(() => verify(passwordHash, password).catch(() => false));
}

/** Takes as long as checking a real password. */
export async function spendPasswordTime(password: string): Promise<void> {
  const nobodys = await NOBODYS;
  await turns.run(() => verify(nobodys, password));
}
