import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AnsweringBotsService } from '../src/modules/chatbots/answering-bots.service.js';
import { ChatbotSecretRotation } from '../src/modules/chatbots/chatbot-secret-rotation.js';
import { Config } from '../src/platform/config/config.js';
import { OrgContext } from '../src/platform/context/org-context.js';
import { SecretVault } from '../src/platform/secrets/secret-vault.js';
import type { TestOrganization } from './support/test-organization.js';
import { World, testEnvironment } from './support/world.js';

const [LOST, OLD, NEW] = [1, 2, 3].map(() => randomBytes(32).toString('base64'));
const MODEL = { endpoint: 'https://models.example.com/v1', model: 'm-1', systemPrompt: 'Be kind.' };

describe('The secrets of chatbots', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start({ ENCRYPTION_KEY: `${NEW},${OLD}` });
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  /** A chatbot whose API key another key of ours has sealed. */
  async function sealedWith(key: string | undefined, organization: TestOrganization, apiKey: string): Promise<string> {
    const bot = { name: 'Bot', type: 'model', apiKey: 'x', config: MODEL };
    const { body } = await organization.post('/chatbots', bot).expect(201);
    const vault = new SecretVault(Config.from({ ...testEnvironment(world.database.url), ENCRYPTION_KEY: key }));
    const place = { orgId: organization.id, rowId: body.data.id, field: 'chatbot secret' };
    await world.database.rows('UPDATE chatbots SET secret = $2, secret_key_id = $3 WHERE id = $1', [
      ...[body.data.id, vault.seal(apiKey, place), vault.keyId],
    ]);
    return body.data.id;
  }

  const opened = (organization: TestOrganization, id: string) =>
    OrgContext.runAsSystem(organization.id, 'test', () => world.app.get(AnsweringBotsService).secretOf(id));

  it('are sealed anew for every organization where the key of the installation changes, and left where none opens them', async () => {
    const [ours, theirs] = [await sealedWith(OLD, acme, 'ours'), await sealedWith(OLD, rival, 'theirs')];
    const lost = await sealedWith(LOST, acme, 'lost');
    const rotation = world.app.get(ChatbotSecretRotation);
    expect(await rotation.run()).toEqual({ resealed: 2, changedMeanwhile: 0, left: 1 });
    expect([await opened(acme, ours), await opened(rival, theirs)]).toEqual(['ours', 'theirs']);
    await expect(opened(acme, lost)).rejects.toThrow('ENCRYPTION_KEY does not have');
    expect(await rotation.run()).toEqual({ resealed: 0, changedMeanwhile: 0, left: 1 });
  });

  it('open in no other row', async () => {
    const [ours, theirs] = [await sealedWith(NEW, acme, 'ours'), await sealedWith(NEW, rival, 'theirs')];
    await world.database.rows(
      'UPDATE chatbots SET secret = (SELECT secret FROM chatbots WHERE id = $2) WHERE id = $1',
      [theirs, ours],
    );
    await expect(opened(rival, theirs)).rejects.toThrow('copied from another row');
  });
});
