import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { World } from './support/world.js';

describe('Organizations', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  it('are listed for a super admin', async () => {
    const acme = await world.organization();
    const { body } = await world.superAdmin.get('/organizations').expect(200);
    expect(body.data.map(({ id }: { id: string }) => id)).toContain(acme.id);
    expect(body.pagination).toEqual({ total: expect.any(Number), limit: 100, offset: 0 });
  });
});
