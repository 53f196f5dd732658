import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { TokenRotation } from '../src/modules/integrations/token-rotation.js';
import { NO_TOKENS, TokenVault } from '../src/modules/integrations/token-vault.js';
import type { KeptTokens } from '../src/modules/integrations/token-vault.js';
import { Config } from '../src/platform/config/config.js';
import type { TestOrganization } from './support/test-organization.js';
import { World, testEnvironment } from './support/world.js';

const [LOST, OLD, NEW] = [1, 2, 3].map(() => randomBytes(32).toString('base64'));
const NOTHING = { resealed: 0, changedMeanwhile: 0, unknownKey: 0, damaged: 0 };

describe('Token rotation', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let rotation: TokenRotation;
  let vault: TokenVault;
  beforeAll(async () => {
    world = await World.start({ ENCRYPTION_KEY: `${NEW},${OLD}` });
    [acme, rival] = [await world.organization(), await world.organization()];
    [rotation, vault] = [world.app.get(TokenRotation), world.app.get(TokenVault)];
  });
  beforeEach(() => world.database.rows('DELETE FROM integrations'));
  afterAll(() => world.stop());

  it('finds nothing to do where everything is sealed with the current key', async () => {
    await integration(acme, NEW, 'at');
    await integration(rival, null, null);
    expect(await rotation.run()).toEqual(NOTHING);
  });

  it("seals every organization's tokens anew with the current key", async () => {
    const [ours, theirs] = [await integration(acme, OLD, 'ours'), await integration(rival, OLD, 'theirs')];
    expect(await rotation.run()).toEqual({ ...NOTHING, resealed: 2 });
    expect(await opened(acme, ours)).toBe('ours');
    expect(await opened(rival, theirs)).toBe('theirs');
    expect(await rotation.run()).toEqual(NOTHING);
  });

  it('seals plain text from before there was encryption', async () => {
    const id = await integration(acme, null, 'plain');
    await integration(rival, null, null, 'refresh token only');
    expect(await rotation.run()).toEqual({ ...NOTHING, resealed: 2 });
    expect((await kept(id)).accessToken).not.toContain('plain');
    expect(await opened(acme, id)).toBe('plain');
  });

  it('goes on from batch to batch, and tells how far it is', async () => {
    for (const organization of [acme, rival])
      await world.database.rows(
        `INSERT INTO integrations (org_id, id, platform, oa_id, access_token)
         SELECT $1, gen_random_uuid(), 'facebook', $1 || n, 'plain ' || n FROM generate_series(1, 225) n`,
        [organization.id],
      );
    const progress: number[] = [];
    const counts = await rotation.run(({ resealed }) => progress.push(resealed));
    expect(counts).toEqual({ ...NOTHING, resealed: 450 });
    expect(progress).toEqual([200, 400, 450]);
    expect(await world.database.rows(`SELECT 1 FROM integrations WHERE access_token LIKE 'plain%'`)).toEqual([]);
  });

  it('counts what a lost key sealed, and leaves it as it is', async () => {
    const [lost, readable] = [await integration(acme, LOST, 'lost'), await integration(rival, OLD, 'readable')];
    const before = await kept(lost);
    expect(await rotation.run()).toEqual({ ...NOTHING, resealed: 1, unknownKey: 1 });
    expect(await kept(lost)).toEqual(before);
    expect(await opened(rival, readable)).toBe('readable');
  });

  it('counts what does not open with its own key, and leaves it as it is', async () => {
    const [copied, source] = [await integration(acme, OLD, 'a'), await integration(rival, OLD, 'b')];
    await world.database.rows(
      'UPDATE integrations SET access_token = (SELECT access_token FROM integrations WHERE id = $2) WHERE id = $1',
      [copied, source],
    );
    const before = await kept(copied);
    expect(await rotation.run()).toEqual({ ...NOTHING, resealed: 1, damaged: 1 });
    expect(await kept(copied)).toEqual(before);
  });

  it('seals everything once where two run at the same time', async () => {
    const ids = [];
    for (let count = 0; count < 30; count += 1) ids.push(await integration(acme, OLD, `token ${count}`));
    const counts = await Promise.all([rotation.run(), rotation.run()]);
    expect(counts[0].resealed + counts[1].resealed).toBe(30);
    for (const [index, id] of ids.entries()) expect(await opened(acme, id)).toBe(`token ${index}`);
  });

  it('needs not have run for new tokens to be taken: the one left out is sealed anew with it', async () => {
    const id = await integration(acme, OLD, 'at-1', 'rt-1');
    await acme.patch(`/integrations/${id}`, { refreshToken: 'rt-2' }).expect(200);
    expect(await opened(acme, id)).toBe('at-1');
  });

  it('lets a lost key be answered with new tokens, both of them', async () => {
    const id = await integration(acme, LOST, 'at-1', 'rt-1');
    const { body } = await acme.patch(`/integrations/${id}`, { accessToken: 'at-2' }).expect(409);
    expect(body.error.code).toBe('tokens_unreadable');
    await acme.patch(`/integrations/${id}`, { accessToken: 'at-2', refreshToken: 'rt-2' }).expect(200);
    expect(await opened(acme, id)).toBe('at-2');
  });

  /** With tokens sealed under a key, or as plain text under none. */
  async function integration(
    { id: orgId }: TestOrganization,
    key: string | undefined | null,
    accessToken: string | null,
    refreshToken: string | null = null,
  ): Promise<string> {
    const id = uuidv7();
    const plain = { ...NO_TOKENS, accessToken, refreshToken };
    const tokens = key ? vaultOf(key).replace(plain, {}, { orgId, integrationId: id }) : plain;
    await world.database.rows(
      `INSERT INTO integrations (org_id, id, platform, oa_id, access_token, refresh_token, token_key_id)
       VALUES ($1, $2, 'facebook', $3, $4, $5, $6)`,
      [orgId, id, id, tokens.accessToken, tokens.refreshToken, tokens.tokenKeyId],
    );
    return id;
  }

  function vaultOf(key: string): TokenVault {
    return new TokenVault(Config.from({ ...testEnvironment(world.database.url), ENCRYPTION_KEY: key }));
  }

  async function kept(id: string): Promise<KeptTokens> {
    const [row] = await world.database.rows<KeptTokens>(
      `SELECT access_token AS "accessToken", refresh_token AS "refreshToken", token_key_id AS "tokenKeyId"
       FROM integrations WHERE id = $1`,
      [id],
    );
    return row ?? NO_TOKENS;
  }

  /** The access token, which must be under the current key. */
  async function opened({ id: orgId }: TestOrganization, integrationId: string): Promise<string> {
    const { accessToken, tokenKeyId } = await kept(integrationId);
    expect(tokenKeyId).toBe(vault.keyId);
    return vault.open(String(accessToken), vault.keyId, { orgId, integrationId, field: 'accessToken' });
  }
});
