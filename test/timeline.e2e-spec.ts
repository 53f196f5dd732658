import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { Client } from './support/client.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

interface Entry {
  id: string;
  kind: string;
  text: string | null;
  data: Record<string, unknown>;
  actor: { type: string; id: string | null; name: string | null };
}

describe('The timeline of a conversation', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let agent: Client;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    agent = await acme.as('agent');
  });
  afterAll(() => world.stop());

  /** Oldest first. */
  const timeline = async (id: string): Promise<Entry[]> =>
    (await acme.get(`/conversations/${id}/timeline`).expect(200)).body.data.toReversed();
  const kinds = async (id: string) => (await timeline(id)).map(({ kind }) => kind);
  const change = (id: string, body: object) => acme.patch(`/conversations/${id}`, body).expect(200);
  const note = async (id: string, by: { post: Client['post'] }, text = 'Calls back at 5') =>
    (await by.post(`/conversations/${id}/notes`, { text }).expect(201)).body.data.id;

  it('tells who it was assigned to, handed on to, and taken from', async () => {
    const [{ id }, first, second] = [await acme.conversation(), agent.user.id, acme.admin.user.id];
    for (const assigneeId of [first, second, null]) await change(id, { assigneeId });
    const by = { type: 'user', id: acme.admin.user.id, name: acme.admin.user.username };
    expect((await timeline(id)).map(({ kind, data, actor }) => ({ kind, data, actor }))).toEqual([
      { kind: 'assigned', data: { assigneeId: first, previousAssigneeId: null }, actor: by },
      { kind: 'transferred', data: { assigneeId: second, previousAssigneeId: first }, actor: by },
      { kind: 'unassigned', data: { assigneeId: null, previousAssigneeId: second }, actor: by },
    ]);
  });

  it('tells of each status that it was given', async () => {
    const { id } = await acme.conversation();
    for (const status of ['resolved', 'open', 'snoozed', 'open', 'pending', 'open']) await change(id, { status });
    expect(await kinds(id)).toEqual(['resolved', 'reopened', 'snoozed', 'reopened', 'pending', 'opened']);
  });

  it('says that it was handed over where no person took it from the chatbot', async () => {
    const { id } = await acme.conversation();
    await change(id, { status: 'pending' });
    const bot = await acme.withKey(['conversations:write']);
    await bot.patch(`/conversations/${id}`, { status: 'open' }).expect(200);
    expect((await timeline(id)).at(-1)).toMatchObject({ kind: 'handed_over', actor: { type: 'api_key' } });
  });

  it('tells of labels and participants', async () => {
    const { id } = await acme.conversation();
    const { body } = await acme.post('/labels', { name: 'vip' }).expect(201);
    await acme.put(`/conversations/${id}/labels`, { labelIds: [body.data.id] }).expect(200);
    await acme.put(`/conversations/${id}/labels`, { labelIds: [body.data.id] }).expect(200);
    await acme.put(`/conversations/${id}/participants`, { userIds: [agent.user.id] }).expect(200);
    await acme.put(`/conversations/${id}/participants`, { userIds: [] }).expect(200);
    expect((await timeline(id)).map(({ kind, data }) => [kind, data])).toEqual([
      ['labelled', { added: ['vip'], removed: [] }],
      ['participant_added', { userId: agent.user.id }],
      ['participant_removed', { userId: agent.user.id }],
    ]);
  });

  it('has no entry for what did not happen, was undone, or nobody would look for', async () => {
    const { id } = await acme.conversation();
    await acme.patch(`/conversations/${id}`, { status: 'resolved', assigneeId: uuidv7() }).expect(422);
    await change(id, { status: 'open' });
    await change(id, { nickName: 'Mai' });
    await acme.post(`/conversations/${id}/read`).expect(200);
    expect(await kinds(id)).toEqual([]);
  });

  it('has the notes of people to each other, which are no messages', async () => {
    const { id } = await acme.conversation();
    await note(id, agent, 'Asks for a refund');
    const [entry] = await timeline(id);
    expect(entry).toMatchObject({ kind: 'note', text: 'Asks for a refund', conversationId: id, data: {} });
    expect(entry?.actor).toEqual({ type: 'user', id: agent.user.id, name: agent.user.username });
    const messages = await acme.get(`/conversations/${id}/messages`).expect(200);
    expect(messages.body.data).toHaveLength(1);
    expect((await acme.get(`/conversations/${id}`).expect(200)).body.data.lastMessage.text).toBe('Xin chào');
  });

  it('keeps what notes say out of the audit log', async () => {
    const { id } = await acme.conversation();
    const noteId = await note(id, agent, 'a word nobody else may read');
    await agent.patch(`/notes/${noteId}`, { text: 'another word nobody else may read' }).expect(200);
    await agent.delete(`/notes/${noteId}`).expect(200);
    const { body } = await acme.get('/audit-logs?targetType=note').expect(200);
    const actions = body.data.filter(({ targetId }: { targetId: string }) => targetId === noteId);
    expect(actions.map(({ action }: { action: string }) => action)).toEqual([
      'note.deleted',
      'note.updated',
      'note.created',
    ]);
    expect(JSON.stringify(body)).not.toContain('nobody else');
  });

  it('lets people change and delete their own notes, and managers and admins those of others', async () => {
    const { id } = await acme.conversation();
    const [other, manager, key] = [
      await acme.as('agent'),
      await acme.as('manager'),
      await acme.withKey(['conversations:write']),
    ];
    const noteId = await note(id, agent);
    await other.patch(`/notes/${noteId}`, { text: 'x' }).expect(403);
    await other.delete(`/notes/${noteId}`).expect(403);
    await key.patch(`/notes/${noteId}`, { text: 'x' }).expect(403);
    await agent.patch(`/notes/${noteId}`, { text: 'by me' }).expect(200);
    await manager.patch(`/notes/${noteId}`, { text: 'by the manager' }).expect(200);
    expect((await timeline(id))[0]).toMatchObject({ text: 'by the manager', actor: { id: agent.user.id } });
    await acme.delete(`/notes/${noteId}`).expect(200);
    expect(await timeline(id)).toEqual([]);
    const keys = await note(id, key);
    await key.delete(`/notes/${keys}`).expect(200);
  });

  it('lets nobody write over what happened', async () => {
    const { id } = await acme.conversation();
    await change(id, { status: 'resolved' });
    const [entry] = await timeline(id);
    await acme.patch(`/notes/${entry?.id}`, { text: 'It never was' }).expect(404);
    await acme.delete(`/notes/${entry?.id}`).expect(404);
  });

  it('comes page by page, newest first', async () => {
    const { id } = await acme.conversation();
    for (const text of ['1', '2', '3']) await note(id, agent, text);
    const first = await acme.get(`/conversations/${id}/timeline?limit=2`).expect(200);
    const { nextCursor } = first.body.pagination;
    const second = await acme.get(`/conversations/${id}/timeline?limit=2&cursor=${nextCursor}`).expect(200);
    expect([...first.body.data, ...second.body.data].map(({ text }: Entry) => text)).toEqual(['3', '2', '1']);
    expect(second.body.pagination.nextCursor).toBeNull();
  });

  it('is hidden from another organization, as are its notes, exactly like what does not exist', async () => {
    const { id } = await acme.conversation();
    const noteId = await note(id, agent);
    for (const [there, nowhere] of [
      [rival.get(`/conversations/${id}/timeline`), rival.get(`/conversations/${uuidv7()}/timeline`)],
      [
        rival.post(`/conversations/${id}/notes`, { text: 'x' }),
        rival.post(`/conversations/${uuidv7()}/notes`, { text: 'x' }),
      ],
      [rival.patch(`/notes/${noteId}`, { text: 'x' }), rival.patch(`/notes/${uuidv7()}`, { text: 'x' })],
      [rival.delete(`/notes/${noteId}`), rival.delete(`/notes/${uuidv7()}`)],
      [rival.get(`/conversations/${id}/participants`), rival.get(`/conversations/${uuidv7()}/participants`)],
    ] as const) {
      const [one, other] = [await there.expect(404), await nowhere.expect(404)];
      expect({ ...one.body.error, requestId: null }).toEqual({ ...other.body.error, requestId: null });
    }
    expect(await kinds(id)).toEqual(['note']);
  });
});

describe('The participants of a conversation', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  it('are active users of its organization, all said at once', async () => {
    const [{ id }, mai, lan] = [await acme.conversation(), await acme.as('agent'), await acme.as('manager')];
    const path = `/conversations/${id}/participants`;
    const { body } = await mai.put(path, { userIds: [mai.user.id, lan.user.id] }).expect(200);
    const [one, other] = [mai, lan].map(({ user }) => ({ id: user.id, username: user.username, name: null }));
    expect(body.data.participants).toEqual([one, other]);
    await acme.delete(`/users/${mai.user.id}`).expect(200);
    expect((await acme.get(path).expect(200)).body.data.participants).toEqual([other]);
    await acme.put(path, { userIds: [mai.user.id] }).expect(422);
    await acme.put(path, { userIds: [] }).expect(200);
    expect((await acme.get(path).expect(200)).body.data.participants).toEqual([]);
  });

  it('are refused in the same words where they are of another organization and where they do not exist', async () => {
    const { id } = await acme.conversation();
    for (const userId of [rival.admin.user.id, uuidv7()]) {
      const { body } = await acme.put(`/conversations/${id}/participants`, { userIds: [userId] }).expect(422);
      expect(body.error.details).toEqual([
        { path: 'userIds.0', message: 'must be an active user of this organization' },
      ]);
    }
  });
});
