import type { Column } from '../catalogue/catalogue.js';

const INTEGERS = ['smallint', 'integer', 'bigint', 'numeric'];
const TEXTS = ['text', 'character varying', 'bpchar'];
/** Types that PostgreSQL has no = for. */
const WITHOUT_EQUALITY = ['json', 'xml', 'point', 'polygon', 'line', 'path', 'box', 'lseg', 'circle'];

/** citext is an extension's, in whatever schema. */
export const isText = (type: string): boolean => TEXTS.includes(type) || /(?:^|\.)citext$/.test(type);

/**
 * Whether a join can compare two columns: they are alike, or what the child has can be read as what the parent has.
 * Text is read as a number or a uuid where it looks like one; anything can be read as text.
 */
export function areComparable({ baseType: child }: Column, { baseType: parent }: Column): boolean {
  if (WITHOUT_EQUALITY.includes(parent)) return false;
  if (child === parent || TEXTS.includes(parent)) return !WITHOUT_EQUALITY.includes(child);
  if (isText(child) && isText(parent)) return true;
  if (INTEGERS.includes(child) && INTEGERS.includes(parent)) return true;
  return TEXTS.includes(child) && (INTEGERS.includes(parent) || parent === 'uuid');
}

/** Whether the tool can make ids of this type itself. */
export const canBeMade = (type: string): boolean => type === 'uuid' || type === 'text' || type === 'character varying';

/** Whether an id that somebody wrote can be of this type; where that is not known, PostgreSQL will say. */
export function canBeId(id: string, type: string): boolean {
  if (type === 'uuid') return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
  return !INTEGERS.includes(type) || /^-?[0-9]{1,18}$/.test(id);
}
