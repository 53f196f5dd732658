import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiDocument } from './support/api-document.js';
import { holdTo, holdToOwnDocument } from './support/documented-responses.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

describe('The OpenAPI document', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let api: ApiDocument;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    api = await holdToOwnDocument(world.url);
  });
  afterAll(() => world.stop());

  /** Every schema that gives an example, by its JSON pointer. */
  const examples = (node: unknown, pointer = ''): { pointer: string; example: unknown }[] => {
    if (typeof node !== 'object' || node === null) return [];
    const own =
      'example' in node && pointer.includes('/schema') ? [{ pointer: `#${pointer}`, example: node.example }] : [];
    const steps = Object.entries(node).filter(([key]) => key !== 'example');
    const step = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
    return own.concat(steps.flatMap(([key, child]) => examples(child, `${pointer}/${step(key)}`)));
  };

  it('gives examples that are as it says', () => {
    const given = examples(api.document);
    expect(given.length).toBeGreaterThan(100);
    const wrong = given.map((one) => ({ ...one, faults: api.faultsIn(one.pointer, one.example) }));
    expect(wrong.filter(({ faults }) => faults.length > 0)).toEqual([]);
  });

  it('knows every route by a name of its own', () => {
    const names = Object.values(api.document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(names.length).toBeGreaterThan(50);
    expect(new Set(names).size).toBe(names.length);
  });

  it('refuses an answer that holds more, or less, than it says, or has another status', async () => {
    const { body } = await acme.get('/organizations/current').expect(200);
    const answered = { method: 'GET', path: '/organizations/current', status: 200, type: 'application/json', body };
    expect(api.faultsOf(answered)).toEqual([]);
    const { name: _, ...less } = body.data;
    expect(api.faultsOf({ ...answered, body: { ok: true, data: less } })).not.toEqual([]);
    expect(api.faultsOf({ ...answered, body: { ok: true, data: { ...body.data, secret: 'x' } } })).not.toEqual([]);
    expect(api.faultsOf({ ...answered, body: { ...body, more: 1 } })).not.toEqual([]);
    expect(api.faultsOf({ ...answered, status: 418 })).toEqual(['its status 418 is not documented']);
    expect(api.faultsOf({ ...answered, type: 'text/html' })).toEqual(['its type text/html is not documented']);
    expect(api.faultsOf({ ...answered, path: '/nowhere' })).toEqual(['it is of a route that is not documented']);
  });

  it('is what every answer that a test gets is held to', async () => {
    const strange = structuredClone(api.document);
    strange.components.schemas.OrganizationView = { type: 'object', required: ['motto'] };
    holdTo(world.url, strange);
    await expect(rival.get('/organizations/current').then(({ status }) => status)).rejects.toThrow('motto');
    holdTo(world.url, api.document);
    await rival.get('/organizations/current').expect(200);
  });
});
