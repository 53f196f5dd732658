import { describe, expect, it } from '@jest/globals';
import { DatabaseUnavailableError, isDatabaseAway, leavesInDoubt } from './database-errors.js';

describe('A connection on which Postgres had no room left', () => {
  it.each([
    ['stays where only the statement failed', 'ERROR', false],
    ['goes where the connection was ended as well', 'FATAL', true],
    ['goes where all of Postgres starts again', 'PANIC', true],
    ['goes where the severity is in another language', 'FEHLER', true],
  ])('%s', (_, severity, isInDoubt) => {
    const error = new DatabaseUnavailableError({ code: '53100', severity });
    expect([isDatabaseAway(error), leavesInDoubt(error)]).toEqual([true, isInDoubt]);
  });

  it('goes where a statement was given up for another reason', () => {
    expect(leavesInDoubt(new DatabaseUnavailableError({ code: '57014', severity: 'ERROR' }))).toBe(true);
  });
});
