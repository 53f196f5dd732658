/** In bytes; PostgreSQL cuts longer names off. */
const LONGEST_NAME = 63;

/** Whether PostgreSQL can call something so. */
export function isName(name: string): boolean {
  return name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= LONGEST_NAME;
}
