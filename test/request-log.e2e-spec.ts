import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrgContext } from '../src/platform/context/org-context.js';
import { Database } from '../src/platform/database/database.js';
import { logger } from '../src/platform/logging/logger.js';
import type { TestOrganization } from './support/test-organization.js';
import { PASSWORD, World } from './support/world.js';
import { catchLogLines } from './support/log-lines.js';

const SECRET = 'hunter2-and-more';
const lines = catchLogLines();

describe('The log of requests', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let conversation: { id: string; oaId: string; customerId: string };
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    conversation = await acme.conversation();
  });
  afterAll(() => world.stop());

  const requestLines = () => lines.filter(({ msg }) => msg === 'request');

  it('says of each which request, organization and actor it was', async () => {
    const { headers } = await acme.get('/conversations').expect(200);
    await rival.get('/conversations').set('x-request-id', 'asked-by-rival').expect(200);
    const { body: made } = await acme
      .post('/api-keys', { name: 'partner', scopes: ['conversations:read'] })
      .expect(201);
    await world.anonymous.withKey(made.data.key).get('/conversations').expect(200);
    expect(requestLines()).toMatchObject([
      {
        requestId: headers['x-request-id'],
        orgId: acme.id,
        actor: `user:${acme.admin.user.id}`,
        method: 'GET',
        route: '/conversations',
        status: 200,
      },
      { requestId: 'asked-by-rival', orgId: rival.id, actor: `user:${rival.admin.user.id}` },
      { orgId: acme.id, route: '/api-keys', status: 201 },
      { orgId: acme.id, actor: `api_key:${made.data.id}` },
    ]);
  });

  it('never says a password, a token, a key or what somebody wrote, whether requests succeed or fail', async () => {
    const { anonymous, facebook } = world;
    const key = `pd_live_${SECRET}`;
    await anonymous.post('/auth/login', { email: acme.admin.user.email, password: PASSWORD }).expect(200);
    await anonymous.post('/auth/login', { email: acme.admin.user.email, password: SECRET }).expect(401);
    await anonymous.post('/auth/refresh', { refreshToken: SECRET }).expect(401);
    await anonymous.withKey(key).get('/conversations').expect(401);
    await anonymous.get('/conversations').set('authorization', `Bearer ${SECRET}`).expect(401);
    await acme.get(`/conversations?search=${SECRET}`).expect(200);
    await acme.post(`/conversations/${conversation.id}/messages`, { text: SECRET }).expect(202);
    await acme.post(`/conversations/${conversation.id}/messages`, { text: SECRET, more: SECRET }).expect(422);
    await rival.post(`/conversations/${conversation.id}/messages`, { text: SECRET }).expect(404);
    await facebook.text(conversation.oaId, conversation.customerId, SECRET);
    await facebook.post({ object: 'page', text: SECRET }, `sha256=${SECRET}`).expect(401);
    await world.database.whileAway(async () => {
      await acme.post(`/conversations/${conversation.id}/messages`, { text: SECRET }).expect(503);
    });
    expect(requestLines()).toHaveLength(12);
    const log = JSON.stringify(lines);
    for (const secret of [SECRET, PASSWORD, String(acme.admin.headers['authorization']).slice(7)])
      expect(log).not.toContain(secret);
  });

  it('says nothing of the arguments of a call that Prisma refuses', async () => {
    const { prisma } = world.app.get(Database);
    const data = { orgId: acme.id, text: SECRET, direction: 1 };
    const call = (): Promise<unknown> => Reflect.apply(prisma.message.create, prisma.message, [{ data }]).then();
    const failed = OrgContext.runAsSystem(acme.id, 'test', call);
    await failed.catch((err: unknown) => logger.error({ err }, 'x'));
    expect(lines).toMatchObject([{ err: { type: 'PrismaClientValidationError' } }]);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });
});
