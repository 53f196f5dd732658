import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { holdToOwnDocument } from './support/documented-responses.js';
import { Desk } from './support/providers.js';
import { RouteProbe, inParts } from './support/route-probe.js';
import type { Route } from './support/route-probe.js';
import { STRANGE } from './support/schema-arbitraries.js';
import { tableChecksums } from './support/table-checksums.js';
import { World } from './support/world.js';

const MEBIBYTE = 1024 * 1024;
const SEED = Number(process.env['FAST_CHECK_SEED'] ?? Date.now() % 2 ** 31);
const RUNS_PER_ROUTE = 15;
/** Of a body with many fields, few that are made up are taken: so often it is tried until one was. */
const ROUNDS_PER_ROUTE = 10;
const LIST = createRequire(import.meta.url).resolve('big-list-of-naughty-strings');
/** Each once: a message that is sent again with the same id is no new message. */
const NAUGHTY = [
  ...new Set([...(JSON.parse(readFileSync(LIST, 'utf8')) as string[]), '\0', 'a\0b', '\ud83d', 'x\udc00y']),
];
/** A body that names what every object has, as only its bytes can. */
const POISONED = ['{"__proto__":{"role":"admin"}}', '{"constructor":{"prototype":{"role":"admin"}}}'];
/** Bodies for a route that takes none, and what a refusal names. */
const UNASKED: [bytes: string, paths: string[]][] = [
  ['{"surprise":1}', ['surprise']],
  ['{"orgId":"org_default_001","role":"super_admin"}', ['orgId', 'role']],
  ['{"nothing":null}', ['nothing']],
  ['{"toString":{}}', ['toString']],
  ['{"text":"\\u0000"}', ['text']],
  ['[]', ['']],
  ['["surprise"]', ['']],
  ['"surprise"', ['']],
  ['1', ['']],
  ['false', ['']],
  ['null', ['']],
];
const runs = (seed: number) => ({ seed, numRuns: RUNS_PER_ROUTE, endOnFailure: true });
const deep = (levels: number) => `${'{"a":['.repeat(levels)}1${']}'.repeat(levels)}`;

describe('Bad input', () => {
  let desk: Desk;
  let world: World;
  let probe: RouteProbe;
  beforeAll(async () => {
    desk = await Desk.start();
    world = await World.start(desk.settings);
    probe = await RouteProbe.of(world, await holdToOwnDocument(world.url));
  });
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  /** Asks of every route; answers with what was wrong, by route. */
  const everywhere = async (routes: Route[], ask: (route: Route) => Promise<string[]>) => {
    expect(routes.length).toBeGreaterThan(0);
    const faults: string[] = [];
    for (const route of routes) faults.push(...(await ask(route)).map((fault) => `${route.name}: ${fault}`));
    return faults;
  };
  /** Asks with each value, several at a time. */
  const each = async <T>(values: T[], ask: (value: T) => Promise<string[]>, atOnce = 8) => {
    const faults: string[] = [];
    const waiting = [...values];
    const worker = async () => {
      for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) faults.push(...(await ask(value)));
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return faults;
  };

  it('of every naughty string, in the free texts of every body, comes back as it was or is refused', async () => {
    const routes = probe.routes.filter(({ texts }) => texts.length > 0);
    const faults = await everywhere(routes, (route) =>
      each(inParts(NAUGHTY, route.texts), (texts) => probe.sendTexts(route, texts), route.method === 'POST' ? 8 : 1),
    );
    expect(faults).toEqual([]);
  }, 400_000);

  it('of every naughty string, in place of the fields of every body, is refused, and changes nothing', async () => {
    const before = await tableChecksums(world.database);
    const faults = await everywhere(
      probe.routes.filter(({ body, fields, texts }) => body && texts.length < fields.length), // Else any text is right.
      (route) => each(inParts(NAUGHTY, route.fields), (texts) => probe.sendEverywhere(route, texts)),
    );
    expect(faults).toEqual([]);
    expect(await tableChecksums(world.database)).toEqual(before);
  }, 400_000);

  it('of every naughty string, in every path and every query, is refused or names nothing', async () => {
    const faults = await everywhere(probe.routes, async (route) => [
      ...(route.hasId ? await each(NAUGHTY, (text) => probe.sendId(route, text)) : []),
      ...(route.queries.length > 0 ? await each(NAUGHTY, (text) => probe.sendQuery(route, text)) : []),
    ]);
    expect(faults).toEqual([]);
  }, 400_000);

  it('of the wrong type, in any field of any body, is refused or taken', async () => {
    const faults = await everywhere(
      probe.routes.filter(({ body }) => body),
      (route) =>
        each(
          route.fields.flatMap((field) => STRANGE.map((value) => ({ field, value }))),
          ({ field, value }) => probe.sendField(route, field, value),
        ),
    );
    expect(faults).toEqual([]);
  }, 400_000);

  it('of a mebibyte, of great depth, or with a prototype is refused, and changes nothing', async () => {
    const before = await tableChecksums(world.database);
    const faults = await everywhere(
      probe.routes.filter(({ body }) => body),
      async (route) => [
        ...(await probe.refuse(route, `"${'x'.repeat(MEBIBYTE)}"`)),
        ...(await probe.refuse(route, deep(20_000))),
        ...(await probe.refuse(route, `{"settings":${deep(20_000)}}`)),
        ...(await each(POISONED, (bytes) => probe.refuse(route, bytes))),
        ...(await each(route.fields, (field) =>
          probe.refuse(route, JSON.stringify({ [field]: 'x'.repeat(MEBIBYTE - 999) })),
        )),
        ...(await each(route.fields, (field) => probe.refuse(route, `{"${field}":${deep(10_000)}}`))),
      ],
    );
    expect(faults).toEqual([]);
    expect(await tableChecksums(world.database)).toEqual(before);
  }, 400_000);

  it('on a route that takes no body is refused, field by field, and changes nothing', async () => {
    const before = await tableChecksums(world.database);
    const faults = await everywhere(
      probe.routes.filter(({ takesNoBody }) => takesNoBody),
      async (route) => [
        ...(await each(UNASKED, ([bytes, paths]) => probe.refuseFields(route, bytes, paths))),
        ...(await each(UNASKED, ([bytes]) => probe.refuseNobody(route, bytes))),
      ],
    );
    expect(faults).toEqual([]);
    expect(await tableChecksums(world.database)).toEqual(before);
  });

  it('is not what an empty object is, on a route that takes no body', async () => {
    const faults = await everywhere(
      probe.routes.filter(({ takesNoBody }) => takesNoBody),
      (route) => each([undefined, '', '{}'], (bytes) => probe.findNothing(route, bytes)),
    );
    expect(faults).toEqual([]);
  });

  it('of huge, negative and repeated pages, limits and cursors is refused', async () => {
    const sizes = [
      '-1',
      '0',
      '101',
      '1e9',
      '1e999',
      '-0.5',
      '9007199254740993',
      'NaN',
      'Infinity',
      '0x10',
      '',
      '%00',
      '1&limit=2',
    ];
    const offsets = ['-1', '2147483648', '1e999', '9'.repeat(400), 'x'];
    const cursors = [
      'x',
      '',
      '%00',
      'x'.repeat(8_000),
      encodeURIComponent(Buffer.from('2026-01-01T00:00:00.000Z x').toString('base64url')),
    ];
    const queriesOf = ({ queries }: Route) => [
      ...(queries.includes('limit') ? sizes.filter((size) => size !== '0x10').map((size) => `limit=${size}`) : []),
      ...(queries.includes('offset') ? offsets.map((offset) => `offset=${offset}`) : []),
      ...(queries.includes('cursor') ? cursors.map((cursor) => `cursor=${cursor}`) : []),
      ...queries.map((name) => `${name}[a][b]=c`),
      'more=1',
      '__proto__[a]=b',
    ];
    const lists = probe.routes.filter(({ queries }) => queries.length > 0);
    expect(
      await everywhere(lists, (route) => each(queriesOf(route), (query) => probe.refuseQuery(route, query))),
    ).toEqual([]);
  }, 400_000);

  it(`made at random by every schema (FAST_CHECK_SEED=${SEED}) is taken as it is, or refused`, async () => {
    const untouched: string[] = [];
    for (const route of probe.routes.filter(({ body }) => body)) {
      await probe.reopen();
      const taken = await check(route);
      if (taken === 0 && !route.needsASecret) untouched.push(route.name);
    }
    expect(untouched).toEqual([]);
  }, 400_000);

  /** How many bodies of a route were taken. */
  const check = async (route: Route): Promise<number> => {
    let taken = 0;
    const good = fc.asyncProperty(probe.schemas.fitting(route.schema), async (body) => {
      const { faults, status } = await probe.send(route, body);
      if (status < 300) taken += 1;
      expect({ route: route.name, faults }).toEqual({ route: route.name, faults: [] });
    });
    const bad = fc.asyncProperty(probe.schemas.broken(route.schema), async (body) => {
      const { faults } = await probe.send(route, body);
      expect({ route: route.name, faults }).toEqual({ route: route.name, faults: [] });
    });
    const rounds = route.needsASecret ? 1 : ROUNDS_PER_ROUTE;
    for (let round = 0; round < rounds && taken === 0; round += 1) await fc.assert(good, runs(SEED + round));
    await fc.assert(bad, runs(SEED));
    return taken;
  };
});
