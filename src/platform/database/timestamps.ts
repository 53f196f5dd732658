import pg from 'pg';

// What pg declares as `any`, said.
const parsers: { getTypeParser(oid: number, format: 'text'): (text: string) => unknown } = pg.types;
const TIMESTAMPTZ: number = pg.types.builtins.TIMESTAMPTZ;

/** Type parsers that hand timestamps out as ISO 8601 text: making Dates and printing them again is a fifth of a list's cost. */
export const isoTimestamps: pg.CustomTypesConfig = { getTypeParser: parserFor };

function parserFor(oid: number, format: 'text' | 'binary' = 'text'): (text: string) => unknown {
  return oid === TIMESTAMPTZ && format === 'text' ? toIso : parsers.getTypeParser(oid, 'text');
}

/** `2026-11-21 10:00:00.5+00` -> `2026-11-21T10:00:00.500Z`. Sessions run in UTC. */
export function toIso(text: string): string {
  const [seconds = '', fraction = ''] = text.replace('+00', '').split('.');
  return `${seconds.replace(' ', 'T')}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}
