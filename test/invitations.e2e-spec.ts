import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UNKNOWN_ID, answer, faultyFields } from './support/answers.js';
import { PASSWORD, World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

const HOUR_MS = 3_600_000;
const unique = (word: string) => `${word}-${randomBytes(6).toString('hex')}`;
const uniqueEmail = () => `${unique('linh')}@example.com`;

describe('Invitations', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const invite = async (organization = acme, fields: object = {}) => {
    const { body } = await organization
      .post('/invitations', { email: uniqueEmail(), role: 'agent', ...fields })
      .expect(201);
    return body.data;
  };
  const accept = (invitationToken: string, fields: object = {}) =>
    world.anonymous.post('/auth/register', {
      invitationToken,
      username: unique('linh'),
      password: PASSWORD,
      ...fields,
    });
  const usersOf = (organization: TestOrganization) =>
    world.database.rows('SELECT id FROM users WHERE org_id = $1', [organization.id]);
  const endNow = (id: string) =>
    world.database.rows(`UPDATE invitations SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);

  describe('are sent out', () => {
    it('with a token that is shown once, for 48 hours', async () => {
      const email = uniqueEmail();
      const { body } = await acme.post('/invitations', { email: email.toUpperCase(), role: 'manager' }).expect(201);
      expect(body.data).toEqual({
        id: expect.any(String),
        email,
        role: 'manager',
        status: 'pending',
        invitedBy: acme.admin.user.id,
        expiresAt: expect.any(String),
        createdAt: expect.any(String),
        token: expect.any(String),
      });
      const lasts = Date.parse(body.data.expiresAt) - Date.parse(body.data.createdAt);
      expect(Math.abs(lasts - 48 * HOUR_MS)).toBeLessThan(5_000);
      const { body: listed, text } = await acme.get('/invitations').expect(200);
      const { token, ...shown } = body.data;
      expect(listed.data[0]).toEqual(shown);
      expect(text).not.toContain(token.split('.').at(-1));
    });

    it('and kept as a hash only', async () => {
      const { id, token } = await invite();
      const [row] = await world.database.rows('SELECT * FROM invitations WHERE id = $1', [id]);
      expect(JSON.stringify(row)).not.toContain(token.split('.').at(-1));
    });

    it.each<[string[], object]>([
      [['email'], { role: 'agent' }],
      [['email'], { email: 'linh', role: 'agent' }],
      [['role'], { email: 'linh@example.com' }],
      [['role'], { email: 'linh@example.com', role: 'super_admin' }],
      [['role'], { email: 'linh@example.com', role: 'owner' }],
      [['orgId'], { email: 'linh@example.com', role: 'agent', orgId: 'org_default_001' }],
      [['expiresAt'], { email: 'linh@example.com', role: 'agent', expiresAt: '2099-01-01T00:00:00Z' }],
    ])('422 for %j in %j', async (fields, body) => {
      expect(faultyFields(await acme.post('/invitations', body).expect(422))).toEqual(fields);
    });

    it('by admins alone, and by keys of that scope, which make no admins', async () => {
      const body = { email: uniqueEmail(), role: 'agent' };
      for (const role of ['manager', 'agent'] as const) {
        const member = await acme.as(role);
        await member.post('/invitations', body).expect(403);
        await member.get('/invitations').expect(403);
      }
      const key = await acme.withKey(['invitations:write']);
      const { body: made } = await key.post('/invitations', body).expect(201);
      expect(made.data.invitedBy).toBeNull();
      await key.post('/invitations', { ...body, role: 'admin' }).expect(403);
      await key.get('/invitations').expect(403);
    });
  });

  describe('are accepted', () => {
    it('by whoever has the token, who becomes what it says, where it says', async () => {
      const invitation = await invite(acme, { role: 'manager' });
      const username = unique('linh');
      const { body } = await accept(invitation.token, { username, name: 'Linh Trần' }).expect(201);
      expect(body).toEqual({ ok: true, user: expect.any(Object) });
      expect(body.user).toMatchObject({
        orgId: acme.id,
        username,
        email: invitation.email,
        name: 'Linh Trần',
        role: 'manager',
        isActive: true,
      });
      const linh = await world.signIn({ email: invitation.email, password: PASSWORD });
      expect(linh.user.orgId).toBe(acme.id);
      await linh.get('/users').expect(200);
      const { body: listed } = await acme.get('/invitations').expect(200);
      expect(listed.data.find(({ id }: { id: string }) => id === invitation.id).status).toBe('accepted');
    });

    it.each(['email', 'role', 'orgId', 'organizationName'])('never with a %s of their own', async (field) => {
      const { token } = await invite();
      const before = await usersOf(acme);
      const response = await accept(token, { [field]: field === 'email' ? uniqueEmail() : 'admin' }).expect(422);
      expect(faultyFields(response)).toEqual([field]);
      expect(await usersOf(acme)).toEqual(before);
      await accept(token).expect(201);
    });

    it('once', async () => {
      const { token } = await invite();
      await accept(token).expect(201);
      const { body } = await accept(token).expect(401);
      expect(body.error.code).toBe('unauthenticated');
    });

    it('once, where several do it at the same time', async () => {
      const { token, email } = await invite();
      const statuses = (await Promise.all([accept(token), accept(token), accept(token)])).map(({ status }) => status);
      expect(statuses.toSorted()).toEqual([201, 401, 401]);
      expect(await world.database.rows('SELECT id FROM users WHERE email = $1', [email])).toHaveLength(1);
    });

    it('again, after a username that was taken or a password that was too short', async () => {
      const { token } = await invite();
      const { body } = await accept(token, { username: acme.admin.user.username }).expect(409);
      expect(body.error.code).toBe('username_taken');
      expect(faultyFields(await accept(token, { password: 'short' }).expect(422))).toEqual(['password']);
      await accept(token).expect(201);
    });

    it('not by somebody who is here already, and yet by somebody who is elsewhere', async () => {
      const { email } = acme.admin.user;
      const { body } = await accept((await invite(acme, { email })).token).expect(409);
      expect(body.error.code).toBe('email_taken');
      await accept((await invite(rival, { email })).token).expect(201);
    });

    it('not once they are over, revoked, or of a deactivated organization', async () => {
      const [over, revoked, own] = [await invite(), await invite(), await world.organization()];
      const closed = await invite(own);
      await endNow(over.id);
      await acme.delete(`/invitations/${revoked.id}`).expect(200);
      await world.superAdmin.delete(`/organizations/${own.id}`).expect(200);
      const refusals = [await accept(over.token).expect(401), await accept(revoked.token).expect(401)];
      expect(answer(refusals[0]!)).toEqual(answer(refusals[1]!));
      expect((await accept(closed.token).expect(403)).body.error.code).toBe('organization_inactive');
      await world.superAdmin.post(`/organizations/${own.id}/activate`).expect(200);
      await accept(closed.token).expect(201);
    });

    it('not with a token that was tampered with', async () => {
      const { token } = await invite();
      const [place = '', id = '', secret = ''] = token.split('.');
      const elsewhere = `pd_inv_${Buffer.from(rival.id).toString('base64url')}`;
      const forged = [
        `${elsewhere}.${id}.${secret}`,
        `${place}.${UNKNOWN_ID}.${secret}`,
        `${place}.${id}.${'A'.repeat(secret.length)}`,
        `${place}.${id}.`,
        `${place}.${id}`,
        token.replace('pd_inv', 'pd_rt'),
        `${token}x`,
        'x',
      ];
      const answers = [];
      for (const text of forged) answers.push(answer(await accept(text).expect(401)));
      for (const other of answers) expect(other).toEqual(answers[0]);
      await accept(token).expect(201);
    });

    it.each(['', null, 7, {}, ['x'], 'x'.repeat(513)])('not with the token %j', async (token) => {
      const fields = { invitationToken: token, username: unique('linh'), password: PASSWORD };
      expect(faultyFields(await world.anonymous.post('/auth/register', fields).expect(422))).toEqual([
        'invitationToken',
      ]);
    });
  });

  describe('are taken back', () => {
    it('and listed as what became of them, newest first', async () => {
      const own = await world.organization();
      const [revoked, over, pending] = [await invite(own), await invite(own), await invite(own)];
      const { body } = await own.delete(`/invitations/${revoked.id}`).expect(200);
      expect(body.data).toMatchObject({ id: revoked.id, status: 'revoked' });
      await endNow(over.id);
      const { body: listed } = await own.get('/invitations').expect(200);
      expect(listed.data.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
        [pending.id, 'pending'],
        [over.id, 'expired'],
        [revoked.id, 'revoked'],
      ]);
      const { body: page } = await own.get('/invitations?limit=1&offset=1').expect(200);
      expect(page).toMatchObject({ data: [{ id: over.id }], pagination: { total: 3, limit: 1, offset: 1 } });
    });

    it('only while they are open', async () => {
      const [used, revoked, over] = [await invite(), await invite(), await invite()];
      await accept(used.token).expect(201);
      await acme.delete(`/invitations/${revoked.id}`).expect(200);
      await endNow(over.id);
      for (const { id } of [used, revoked, over]) {
        const { body } = await acme.delete(`/invitations/${id}`).expect(409);
        expect(body.error.code).toBe('invitation_closed');
      }
    });

    it('by no other organization, to which they do not exist', async () => {
      const { id, token, email } = await invite();
      const foreign = await rival.delete(`/invitations/${id}`).expect(404);
      const unknown = await rival.delete(`/invitations/${UNKNOWN_ID}`).expect(404);
      expect(answer(foreign)).toEqual(answer(unknown));
      expect((await rival.get('/invitations').expect(200)).text).not.toContain(email);
      await accept(token).expect(201);
    });
  });

  it('are written down: who invited whom, and that they came, without the token', async () => {
    const own = await world.organization();
    const { id, token, email } = await invite(own);
    await accept(token).expect(201);
    const { body, text } = await own.get('/audit-logs?targetType=invitation').expect(200);
    expect(
      body.data.map(({ action, targetId, actor }: { action: string; targetId: string; actor: object }) => [
        action,
        targetId,
        actor,
      ]),
    ).toEqual([
      ['invitation.accepted', id, { type: 'system', id: null, name: 'invitation', role: null, orgId: own.id }],
      ['invitation.created', id, expect.objectContaining({ type: 'user', id: own.admin.user.id })],
    ]);
    expect(body.data[1].changes).toEqual({ email: { from: null, to: email }, role: { from: null, to: 'agent' } });
    expect(text).not.toContain(token.split('.').at(-1));
  });
});
