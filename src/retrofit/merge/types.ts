const NUMBERS = ['smallint', 'integer', 'bigint', 'numeric'];
const FLOATS = ['real', 'double precision'];
const TEXT = /^(text|character varying(\(\d+\))?|character(\(\d+\))?)$/;

/** The narrowest type that holds the values of all of these, or null where there is none. */
export function commonType(types: string[]): string | null {
  const different = [...new Set(types)];
  if (different.length === 1) return different[0] ?? null;
  if (different.every((type) => TEXT.test(type))) return widestText(different);
  const bare = different.map((type) => type.replace(/\(.*\)$/, ''));
  return widest(bare, NUMBERS) ?? widest(bare, FLOATS);
}

function widest(types: string[], ladder: string[]): string | null {
  const steps = types.map((type) => ladder.indexOf(type));
  return steps.includes(-1) ? null : (ladder[Math.max(...steps)] ?? null);
}

function widestText(types: string[]): string {
  const lengths = types.map((type) => /^character varying\((\d+)\)$/.exec(type)?.[1]);
  return lengths.includes(undefined) ? 'text' : `character varying(${Math.max(...lengths.map(Number))})`;
}
