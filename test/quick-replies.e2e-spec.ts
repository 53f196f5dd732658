import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

describe('Quick replies', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const reply = async (organization: TestOrganization, shortcut: string, text = 'We open at 8'): Promise<string> => {
    const { body } = await organization.post('/quick-replies', { shortcut, text }).expect(201);
    return body.data.id;
  };
  const found = async (search: string): Promise<string[]> => {
    const { body } = await acme.get(`/quick-replies?search=${encodeURIComponent(search)}`).expect(200);
    return body.data.map(({ shortcut }: { shortcut: string }) => shortcut);
  };

  it('are made, changed and deleted, which the audit log tells', async () => {
    const attachments = [{ type: 'image', url: 'https://example.com/map.png', title: 'Map' }];
    const made = await acme.post('/quick-replies', { shortcut: 'map', text: 'We are here', attachments }).expect(201);
    expect(made.body.data).toMatchObject({ shortcut: 'map', text: 'We are here', attachments });
    expect(made.body.data.accountId).toBe(acme.admin.user.id);
    const { id } = made.body.data;
    const changed = await acme.patch(`/quick-replies/${id}`, { text: 'Here we are', attachments: [] }).expect(200);
    expect(changed.body.data).toMatchObject({ shortcut: 'map', text: 'Here we are', attachments: [] });
    await acme.delete(`/quick-replies/${id}`).expect(200);
    await acme.get(`/quick-replies/${id}`).expect(404);
    const { body } = await acme.get('/audit-logs?targetType=quick_reply').expect(200);
    expect(body.data.map(({ action }: { action: string }) => action)).toEqual([
      'quick_reply.deleted',
      'quick_reply.updated',
      'quick_reply.created',
    ]);
  });

  it('are found by how their shortcut or text begins, whatever its case', async () => {
    await reply(acme, 'hours', 'We open at 8');
    await reply(acme, 'holidays', 'Closed on Sunday');
    await reply(acme, 'address', 'Hours are on the door of 12 Lê Lợi');
    expect(await found('HO')).toEqual(['address', 'holidays', 'hours']);
    expect(await found('closed on')).toEqual(['holidays']);
    expect(await found('open')).toEqual([]);
    expect(await found('%')).toEqual([]);
  });

  it('have a shortcut that no other of the organization has; another organization may', async () => {
    await reply(acme, 'thanks');
    await reply(rival, 'thanks');
    const other = await reply(acme, 'bye');
    const { body } = await acme.post('/quick-replies', { shortcut: 'thanks', text: 'x' }).expect(409);
    expect(body.error.code).toBe('shortcut_taken');
    await acme.patch(`/quick-replies/${other}`, { shortcut: 'thanks' }).expect(409);
  });

  it.each([
    { shortcut: 'two words', text: 'x' },
    { shortcut: 'x'.repeat(51), text: 'x' },
    { shortcut: 'x' },
    { shortcut: 'x', text: 'x'.repeat(4_097) },
    { shortcut: 'x', text: 'x', attachments: [{ type: 'image', url: 'file:///etc/passwd' }] },
    { shortcut: 'x', text: 'x', attachments: [{ type: 'virus', url: 'https://example.com/x' }] },
    {
      shortcut: 'x',
      text: 'x',
      attachments: Array.from({ length: 11 }, () => ({ type: 'image', url: 'https://x.io/x' })),
    },
  ])('are refused as %j', async (body) => {
    await acme.post('/quick-replies', body).expect(422);
  });

  it('are hidden from another organization, exactly like those that do not exist', async () => {
    const id = await reply(acme, 'secret');
    const foreign = await rival.get(`/quick-replies/${id}`).expect(404);
    const nobodys = await rival.get(`/quick-replies/${uuidv7()}`).expect(404);
    expect({ ...foreign.body.error, requestId: null }).toEqual({ ...nobodys.body.error, requestId: null });
    await rival.patch(`/quick-replies/${id}`, { text: 'theirs' }).expect(404);
    await rival.delete(`/quick-replies/${id}`).expect(404);
    expect((await rival.get('/quick-replies?search=secret').expect(200)).body.data).toEqual([]);
  });

  it('are used by agents and made by managers', async () => {
    const [agent, manager] = [await acme.as('agent'), await acme.as('manager')];
    await agent.get('/quick-replies').expect(200);
    await agent.post('/quick-replies', { shortcut: 'a', text: 'x' }).expect(403);
    await manager.post('/quick-replies', { shortcut: 'm', text: 'x' }).expect(201);
  });
});
