import { afterAll, beforeEach, jest } from '@jest/globals';
import { logStream, logger } from '../../src/platform/logging/logger.js';

export type LogLine = Record<string, unknown>;

/** What is logged during each test of the suite that calls this, at every level, and nothing of it on the terminal. */
export function catchLogLines(): LogLine[] {
  const lines: LogLine[] = [];
  const write = jest.spyOn(logStream, 'write');
  beforeEach(() => {
    lines.length = 0;
    logger.level = 'trace';
    write.mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0);
  });
  afterAll(() => {
    logger.level = 'silent';
    write.mockRestore();
  });
  return lines;
}
