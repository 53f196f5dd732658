import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './settings.js';
import { codeOf, messageOf } from '../errors/thrown.js';

/**
 * The text of a file under `DATA_DIR` that is made on first use, whole or not at all, and readable by its owner only.
 * Throws {@link ConfigError} where the directory cannot be used.
 */
export function keptFile(directory: string, name: string, make: () => string): string {
  const file = join(directory, name);
  try {
    mkdirSync(directory, { recursive: true });
    if (!existsSync(file)) writeOnce(file, make());
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw notWritable(directory, error);
  }
}

/** Another process may have been faster: then what it has made is everybody's. */
function writeOnce(file: string, text: string): void {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, text, { mode: 0o600 });
  try {
    linkSync(own, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(own);
  }
}

function notWritable(directory: string, cause: unknown): ConfigError {
  return new ConfigError([
    `DATA_DIR: ${directory} cannot be written (${messageOf(cause)}): choose a directory that this user may write`,
  ]);
}
