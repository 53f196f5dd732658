import { randomInt } from 'node:crypto';
import type request from 'supertest';
import type { Role } from '../../src/platform/context/permissions.js';
import { Client } from './client.js';
import type { KeyScopes, World } from './world.js';

/** An organization under test. As a client it is its admin. */
export class TestOrganization {
  private constructor(
    private readonly world: World,
    readonly id: string,
    readonly name: string,
    readonly admin: Client,
  ) {}

  static async create(world: World, id: string, name: string): Promise<TestOrganization> {
    return new TestOrganization(world, id, name, await world.member(id, 'admin'));
  }

  get = (path: string): request.Test => this.admin.get(path);
  post = (path: string, body?: object): request.Test => this.admin.post(path, body);
  upload: Client['upload'] = (...file) => this.admin.upload(...file);
  put = (path: string, body?: object): request.Test => this.admin.put(path, body);
  patch = (path: string, body?: object): request.Test => this.admin.patch(path, body);
  delete = (path: string): request.Test => this.admin.delete(path);

  /** A new user of this organization, signed in. */
  as(role: Role): Promise<Client> {
    return this.world.member(this.id, role);
  }

  /** A client with a new API key of these scopes. */
  async withKey(scopes: KeyScopes): Promise<Client> {
    const { body } = await this.post('/api-keys', { name: 'partner', scopes }).expect(201);
    return new Client(this.world.url).withKey(body.data.key);
  }

  /** Connects a Facebook page; answers with its id. */
  async page(oaId = String(randomInt(1e12, 9e13))): Promise<string> {
    await this.post('/integrations', {
      platform: 'facebook',
      oaId,
      name: `Page ${oaId}`,
      accessToken: 'page-token',
    }).expect(201);
    return oaId;
  }

  /** A conversation, made as they are made: a customer writes to a page. */
  async conversation(text = 'Xin chào'): Promise<{ id: string; oaId: string; customerId: string }> {
    const oaId = await this.page();
    const customerId = String(randomInt(1e12, 9e13));
    await this.world.facebook.text(oaId, customerId, text);
    const { body } = await this.get(`/conversations?oaId=${oaId}`).expect(200);
    return { id: body.data[0].id, oaId, customerId };
  }
}
