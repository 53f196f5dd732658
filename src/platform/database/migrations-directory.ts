import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `prisma/migrations` of this package, whether run from sources or compiled, from whatever directory. */
export function migrationsDirectory(from = dirname(fileURLToPath(import.meta.url))): string {
  const candidate = join(from, 'prisma', 'migrations');
  if (existsSync(join(candidate, 'migration_lock.toml'))) return candidate;
  if (dirname(from) === from)
    throw new Error('prisma/migrations is missing beside the program: install Polydesk again');
  return migrationsDirectory(dirname(from));
}
