import { bodyFor } from './isolation-examples.js';
import { leavesOf } from './isolation-document.js';
import type { Leaf, Operation, Parameter, Schema } from './isolation-document.js';
import { ghostOf, ghostOfCursor } from './isolation-holdings.js';
import type { Holdings } from './isolation-holdings.js';

/** A request as it goes out. */
export interface Shot {
  method: string;
  path: string;
  body?: object;
}

/** What is tried at one place of one route: a value of the victim's, and the same of nobody's. */
export interface Attack {
  operation: Operation;
  /** `path id`, `query assigneeId`, `body chatbotId`: where the value stands. */
  place: string;
  /**
   * A `row` in the path, a `reference` to a row in a body, or a `word`: filters, cursors, names and ids of the outside, which
   * say nothing of their own about whether somebody else has them.
   */
  aim: 'row' | 'reference' | 'word';
  field: string;
  theirs: string;
  nobodys: string;
  with(value: string): Promise<Shot>;
}

/** Filters whose words come from the product, not from an organization. */
const VOCABULARY = new Set(['action', 'targetType']);
/** Who has one has the right that it stands for: what forged ones are worth, auth-tokens and invitations tell. */
const SECRETS = new Set([
  'password',
  'currentPassword',
  'newPassword',
  'accessToken',
  'refreshToken',
  'invitationToken',
]);
const NAMES = new Set(['username', 'email', 'name', 'organization', 'organizationName', 'search', 'shortcut']);
const REFERENCES = new Set(['orgId', 'organization']);
/** Where the body names a row of the path's own: only both together lead anywhere. */
const NAMED_IN_THE_BODY = new Set(['POST /integrations/{id}/receipts']);

/**
 * An attack for every id-like path parameter, filter, cursor and body field of every route, on the victim's ids, from inside
 * the attacker's organization. `gaps` name what cannot be tried, for want of a value.
 */
export async function attacksOn(
  operations: Operation[],
  victim: Holdings,
  own: Holdings,
): Promise<{ attacks: Attack[]; gaps: string[] }> {
  const gaps: string[] = [];
  const attacks: Attack[] = [];
  for (const operation of operations) {
    try {
      for (const schema of operation.bodies) await bodyFor(operation, schema, own);
      attacks.push(...attacksOf(operation, victim, own));
    } catch (error) {
      gaps.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { attacks, gaps };
}

/** `/conversations/{id}/messages` with a row of these. */
export function pathWith(path: string, { rows }: Holdings, instead?: { name: string; value: string }): string {
  return path.replace(/([\w-]+)\/\{(\w+)\}/g, (_, collection: string, name: string) => {
    const id = instead?.name === name ? instead.value : rows[collection];
    return `${collection}/${id}`;
  });
}

/** The path and query without which a route does not answer, on rows of these, with one more parameter. */
export function pathAndQuery(
  operation: Operation,
  own: Holdings,
  more: Record<string, string> = {},
  path?: string,
): string {
  const needed = operation.parameters.filter(({ in: place, required }) => place === 'query' && required === true);
  const query = new URLSearchParams({
    ...Object.fromEntries(needed.map(({ name }) => [name, own.fields[name] ?? ''])),
    ...more,
  });
  const asked = path ?? pathWith(operation.path, own);
  return query.size > 0 ? `${asked}?${query.toString()}` : asked;
}

function attacksOf(operation: Operation, victim: Holdings, own: Holdings): Attack[] {
  const parameters = operation.parameters.filter(isIdLikeParameter);
  const stray = [...operation.path.matchAll(/\{(\w+)\}/g)].filter(
    ([, name]) => !parameters.some((parameter) => parameter.in === 'path' && parameter.name === name),
  );
  if (stray.length > 0) throw new Error(`${operation.name}: ${stray.join()} is not among its parameters`);
  return [
    ...(operation.method === 'GET' ? [bareAttack(operation, own)] : []),
    ...parameters.map((parameter) => parameterAttack(operation, parameter, victim, own)),
    ...(isOfTwo(operation) ? [wholeAttack(operation, victim, own)] : []),
    ...operation.bodies.flatMap((schema) =>
      leavesOf(schema)
        .filter(isIdLikeField)
        .map((leaf) => bodyAttack(operation, schema, leaf, victim, own)),
    ),
  ];
}

/** The route as it is meant to be asked; who asks claims to be somebody else in every attack. */
function bareAttack(operation: Operation, own: Holdings): Attack {
  const shot = { method: operation.method, path: pathAndQuery(operation, own) };
  const [theirs, nobodys] = ['no value', 'no value'];
  return { operation, place: 'headers', aim: 'word', field: '', theirs, nobodys, with: () => Promise.resolve(shot) };
}

function isOfTwo({ name, parameters }: Operation): boolean {
  return NAMED_IN_THE_BODY.has(name) || parameters.filter(({ in: place }) => place === 'path').length > 1;
}

/** Everything that is named is theirs, and fits together, as it would for themselves. */
function wholeAttack(operation: Operation, victim: Holdings, own: Holdings): Attack {
  const { method, path } = operation;
  const name = /\{(\w+)\}/.exec(path)?.[1] ?? '';
  const theirs = theirValue(operation, name, 'path', victim);
  const [body] = operation.bodies;
  const aimed = async (value: string): Promise<Shot> => ({
    method,
    path: pathAndQuery(operation, own, {}, pathWith(path, victim, { name, value })),
    ...(body && { body: await bodyFor(operation, body, victim) }),
  });
  const place = `path ${name}, and the rest`;
  return { operation, place, aim: 'row', field: name, theirs, nobodys: ghostOf(theirs), with: aimed };
}

/** Anything but numbers, moments, flags and words of the product. */
function isIdLikeParameter({ name, in: place, schema }: Parameter): boolean {
  if (place === 'path') return true;
  if (place === 'header' || place === 'cookie') return true;
  const isText = [schema.type].flat().includes('string') && schema.format !== 'date-time';
  return isText && !schema.enum && !VOCABULARY.has(name);
}

function isIdLikeField({ name, schema }: Leaf): boolean {
  if (SECRETS.has(name) || schema.enum) return false;
  return schema.format === 'uuid' || /(Ids?|_id)$/.test(name) || NAMES.has(name);
}

function parameterAttack(
  operation: Operation,
  { name, in: place }: Parameter,
  victim: Holdings,
  own: Holdings,
): Attack {
  const { method, path } = operation;
  const shot = (value: string): Shot => {
    const aimed = pathWith(path, own, place === 'path' ? { name, value } : undefined);
    return { method, path: pathAndQuery(operation, own, place === 'query' ? { [name]: value } : {}, aimed) };
  };
  const theirs = theirValue(operation, name, place, victim);
  const nobodys = name === 'cursor' ? ghostOfCursor(theirs) : ghostOf(theirs);
  const [body] = operation.bodies;
  const wrap = async (value: string): Promise<Shot> => ({
    ...shot(value),
    ...(body && { body: await bodyFor(operation, body, own) }),
  });
  const aim = place === 'path' ? 'row' : 'word';
  return { operation, place: `${place} ${name}`, aim, field: name, theirs, nobodys, with: wrap };
}

function bodyAttack(operation: Operation, schema: Schema, leaf: Leaf, victim: Holdings, own: Holdings): Attack {
  const theirs = theirValue(operation, leaf.name, 'body', victim);
  const path = pathWith(operation.path, own);
  const aimed = async (value: string): Promise<Shot> => ({
    method: operation.method,
    path,
    body: withValue(await bodyFor(operation, schema, own, leaf.name), leaf.path, value),
  });
  return {
    operation,
    place: `body ${leaf.path.join('.')}`,
    aim: leaf.schema.format === 'uuid' || REFERENCES.has(leaf.name) ? 'reference' : 'word',
    field: leaf.path.join('.'),
    theirs,
    nobodys: ghostOf(theirs),
    with: aimed,
  };
}

function theirValue({ name: route, path }: Operation, name: string, place: string, victim: Holdings): string {
  const collection = new RegExp(`([\\w-]+)/\\{${name}\\}`).exec(path)?.[1] ?? '';
  const value =
    place === 'path' ? victim.rows[collection] : name === 'cursor' ? victim.cursors[path] : victim.fields[name];
  if (!value) throw new Error(`${route}: nothing of another organization is known to try as ${place} ${name}`);
  return value;
}

function withValue(body: unknown, [step, ...rest]: string[], value: string): object {
  if (step === undefined) throw new Error('A body itself is no value');
  const said = typeof body === 'object' && body !== null ? body : {};
  const inner =
    rest.length === 0 ? value : withValue(Object.entries(said).find(([name]) => name === step)?.[1], rest, value);
  return step === '0' ? [inner] : { ...said, [step]: inner };
}
