import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

describe('Labels', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const label = async (organization: TestOrganization, name: string): Promise<string> => {
    const { body } = await organization.post('/labels', { name, color: '#2e7d32' }).expect(201);
    return body.data.id;
  };
  const namesOn = async (id: string): Promise<string[]> => {
    const { body } = await acme.get(`/conversations/${id}/labels`).expect(200);
    return body.data.labels.map(({ name }: { name: string }) => name);
  };

  it('are made, changed and deleted, which the audit log tells', async () => {
    const id = await label(acme, 'urgent');
    const changed = await acme.patch(`/labels/${id}`, { name: 'very urgent', color: null }).expect(200);
    expect(changed.body.data).toMatchObject({ id, name: 'very urgent', color: null });
    expect((await acme.get('/labels').expect(200)).body.data).toEqual([changed.body.data]);
    await acme.delete(`/labels/${id}`).expect(200);
    await acme.get(`/labels/${id}`).expect(404);
    const { body } = await acme.get('/audit-logs?targetType=label').expect(200);
    expect(body.data.map(({ action }: { action: string }) => action)).toEqual([
      'label.deleted',
      'label.updated',
      'label.created',
    ]);
  });

  it('have a name that no other of the organization has; another organization may', async () => {
    const [id] = [await label(acme, 'refund'), await label(rival, 'refund')];
    const other = await label(acme, 'return');
    const taken = await acme.post('/labels', { name: 'refund' }).expect(409);
    expect(taken.body.error.code).toBe('label_taken');
    await acme.patch(`/labels/${other}`, { name: 'refund' }).expect(409);
    await acme.patch(`/labels/${id}`, { name: 'refund' }).expect(200);
  });

  it.each([{ name: '' }, { name: 'x'.repeat(65) }, { name: 'x', color: 'red' }, { name: 'x', colour: '#ffffff' }, {}])(
    'are refused as %p',
    async (body) => {
      await acme.post('/labels', body).expect(422);
    },
  );

  it('are put on a conversation all at once, and taken off', async () => {
    const { id } = await acme.conversation();
    const [late, vip, spam] = [await label(acme, 'late'), await label(acme, 'vip'), await label(acme, 'spam')];
    expect(await namesOn(id)).toEqual([]);
    const { body } = await acme.put(`/conversations/${id}/labels`, { labelIds: [vip, late] }).expect(200);
    expect(body.data.labels.map(({ name }: { name: string }) => name)).toEqual(['late', 'vip']);
    await acme.put(`/conversations/${id}/labels`, { labelIds: [vip, spam] }).expect(200);
    expect(await namesOn(id)).toEqual(['spam', 'vip']);
    await acme.put(`/conversations/${id}/labels`, { labelIds: [] }).expect(200);
    expect(await namesOn(id)).toEqual([]);
  });

  it('narrow the list of conversations', async () => {
    const [marked, other] = [await acme.conversation(), await acme.conversation()];
    const id = await label(acme, 'marked');
    await acme.put(`/conversations/${marked.id}/labels`, { labelIds: [id] }).expect(200);
    const { body } = await acme.get(`/conversations?labelId=${id}`).expect(200);
    expect(body.data.map((conversation: { id: string }) => conversation.id)).toEqual([marked.id]);
    const both = await acme.get(`/conversations?labelId=${id}&oaId=${other.oaId}`).expect(200);
    expect(both.body.data).toEqual([]);
    expect((await rival.get(`/conversations?labelId=${id}`).expect(200)).body.data).toEqual([]);
  });

  it('go off the conversations that have them when they are deleted', async () => {
    const { id } = await acme.conversation();
    const gone = await label(acme, 'gone');
    await acme.put(`/conversations/${id}/labels`, { labelIds: [gone] }).expect(200);
    await acme.delete(`/labels/${gone}`).expect(200);
    expect(await namesOn(id)).toEqual([]);
  });

  it('may be deleted and put on at the same moment: one of both wins', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [{ id }, raced] = [await acme.conversation(), await label(acme, `raced-${round}`)];
      const [deleted, put] = await Promise.all([
        acme.delete(`/labels/${raced}`),
        acme.put(`/conversations/${id}/labels`, { labelIds: [raced] }),
      ]);
      expect(deleted.status).toBe(200);
      expect([200, 422]).toContain(put.status);
      expect(await namesOn(id)).toEqual([]);
    }
  });

  it('of another organization are refused like those that do not exist, and so are its conversations', async () => {
    const [{ id }, foreign, theirs] = [
      await acme.conversation(),
      await label(rival, 'foreign'),
      await rival.conversation(),
    ];
    for (const labelIds of [[foreign], [uuidv7()]]) {
      const { body } = await acme.put(`/conversations/${id}/labels`, { labelIds }).expect(422);
      expect(body.error.details).toEqual([{ path: 'labelIds.0', message: 'must be a label of this organization' }]);
    }
    await acme.get(`/labels/${foreign}`).expect(404);
    await acme.patch(`/labels/${foreign}`, { name: 'mine' }).expect(404);
    await acme.delete(`/labels/${foreign}`).expect(404);
    await acme.get(`/conversations/${theirs.id}/labels`).expect(404);
    await acme.put(`/conversations/${theirs.id}/labels`, { labelIds: [] }).expect(404);
    await acme.get(`/conversations/${uuidv7()}/labels`).expect(404);
  });

  it('are refused twice in one list, and where they are no ids', async () => {
    const { id } = await acme.conversation();
    const twice = await label(acme, 'twice');
    for (const labelIds of [[twice, twice], ['x'], 'x', null, Array.from({ length: 51 }, () => uuidv7())])
      await acme.put(`/conversations/${id}/labels`, { labelIds }).expect(422);
  });

  it('are put on by agents and made by managers', async () => {
    const [agent, manager] = [await acme.as('agent'), await acme.as('manager')];
    await agent.post('/labels', { name: 'agents' }).expect(403);
    const { body } = await manager.post('/labels', { name: 'managers' }).expect(201);
    const { id } = await acme.conversation();
    await agent.get('/labels').expect(200);
    await agent.put(`/conversations/${id}/labels`, { labelIds: [body.data.id] }).expect(200);
  });
});
