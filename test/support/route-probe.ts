import { UNKNOWN_ID } from './answers.js';
import type { ApiDocument, JsonSchema, Operation } from './api-document.js';
import type { Client } from './client.js';
import { SchemaArbitraries } from './schema-arbitraries.js';
import type { World } from './world.js';
import { PASSWORD } from './world.js';

/** A route of the document, and how to ask it. */
export interface Route {
  name: string;
  method: string;
  /** With the ids of rows that are there. */
  path: string;
  hasId: boolean;
  caller: Client;
  body: boolean;
  schema: JsonSchema;
  fields: string[];
  /** Fields that take any text. */
  texts: string[];
  queries: string[];
  /** Nothing that is made up is ever right. */
  needsASecret: boolean;
  /** Where it comes in the list. */
  index: number;
}

interface Answer {
  status: number;
  faults: string[];
  data: Record<string, unknown>;
  /** The fields that a 422 names. */
  refused: string[];
}

const BY_THE_PLATFORM = /^\/(organizations(?!\/current)|auth\/)/;
const NEED_A_SECRET = ['/auth/login', '/auth/refresh', '/auth/logout', '/users/me/password'];
/** A password that is taken costs 20 ms; other routes are asked with one string in `STRIDE`, and all routes together with all. */
const STRIDE_WITH_PASSWORDS = 24;
const STRIDE = 6;
const LONE_SURROGATE = '%ED%A0%BD';

/** Asks every route of the document for things, and judges the answers by it. */
export class RouteProbe {
  readonly schemas: SchemaArbitraries;
  readonly routes: Route[];
  private made = 0;

  private constructor(
    private readonly world: World,
    private readonly api: ApiDocument,
    private readonly admin: Client,
    private readonly rows: Record<string, string>,
  ) {
    this.schemas = new SchemaArbitraries(api.document, rows);
    const operations = Object.entries(api.document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    );
    this.routes = operations.map(({ path, method, operation }, index) => this.route(path, method, operation, index));
  }

  /** With an organization that has one row of everything, and may ask a lot. */
  static async of(world: World, api: ApiDocument): Promise<RouteProbe> {
    const acme = await world.organization({ tier: 'enterprise' });
    await world.superAdmin.patch('/organizations/org_default_001', { tier: 'enterprise' }).expect(200);
    const spare = await world.organization();
    const { id: conversations } = await acme.conversation();
    const { body: conversation } = await acme.get(`/conversations/${conversations}`).expect(200);
    const { body: chatbot } = await acme.post('/chatbots', { name: 'Mai' }).expect(201);
    const { body: key } = await acme.post('/api-keys', { name: 'partner', scopes: ['users:read'] }).expect(201);
    const { body: invitation } = await acme.post('/invitations', { email: 'a@example.com', role: 'agent' }).expect(201);
    const { body: message } = await acme.post(`/conversations/${conversations}/messages`, { text: 'x' }).expect(202);
    return new RouteProbe(world, api, acme.admin, {
      organizations: spare.id,
      users: (await acme.as('agent')).user.id,
      'api-keys': key.data.id,
      invitations: invitation.data.id,
      conversations,
      customers: conversation.data.customer.id,
      integrations: conversation.data.integrationId,
      chatbots: chatbot.data.id,
      messages: message.data.id,
    });
  }

  /** Undoes what a route may have been asked before: nobody switches into an organization that is not active. */
  async reopen(): Promise<void> {
    await this.world.superAdmin.post(`/organizations/${this.rows['organizations']}/activate`).expect(200);
  }

  /** This route's share of a list: all routes together try all of it. */
  shareOf<T>(values: T[], { fields, index }: Route): T[] {
    const stride = fields.some((field) => /password/i.test(field)) ? STRIDE_WITH_PASSWORDS : STRIDE;
    return values.filter((_, place) => place % stride === index % stride);
  }

  /** A text in every field that takes any; once more without those that are refused. What is taken must come back. */
  async sendTexts(route: Route, text: string): Promise<string[]> {
    const first = await this.send(route, this.withTexts(route, route.texts, text));
    if (first.status !== 422) return this.faultsOfRoundTrip(route, route.texts, text, first);
    const texts = route.texts.filter((field) => !first.refused.includes(field));
    const second = await this.send(route, this.withTexts(route, texts, text));
    return [...first.faults, ...(await this.faultsOfRoundTrip(route, texts, text, second))];
  }

  /** A text in place of every field. No body is right in this way. */
  async sendEverywhere(route: Route, text: string): Promise<string[]> {
    return this.refuse(route, JSON.stringify(Object.fromEntries(route.fields.map((field) => [field, text]))));
  }

  async sendField(route: Route, field: string, value: unknown): Promise<string[]> {
    return (await this.send(route, { ...this.example(route), [field]: value })).faults;
  }

  async sendId(route: Route, text: string): Promise<string[]> {
    const path = route.path.replace(/^(\/[\w-]+\/)[\w-]+/, `$1${encode(text).replaceAll('$', '$$$$')}`);
    const answer = await this.ask({ ...route, path }, route.body ? JSON.stringify(this.example(route)) : undefined);
    return mustBe([404, 422], answer, path);
  }

  async sendQuery(route: Route, text: string): Promise<string[]> {
    const { faults } = await this.ask({
      ...route,
      path: `${route.path}?${route.queries.map((name) => `${name}=${encode(text)}`).join('&')}`,
    });
    const single = route.queries.includes('search')
      ? await this.ask({ ...route, path: `${route.path}?search=${encode(text)}` })
      : null;
    return [...faults, ...(single?.faults ?? [])];
  }

  async refuseQuery(route: Route, query: string): Promise<string[]> {
    return mustBe([422], await this.ask({ ...route, path: `${route.path}?${query}` }), query);
  }

  /** Exact bytes that no route takes. */
  async refuse(route: Route, bytes: string): Promise<string[]> {
    return mustBe([400, 401, 403, 404, 409, 413, 422], await this.ask(route, bytes), bytes.slice(0, 200));
  }

  send(route: Route, body: unknown): Promise<Answer> {
    return this.ask(route, JSON.stringify(body));
  }

  private route(path: string, method: string, operation: Operation, index: number): Route {
    const schema = this.schemas.resolve(operation.requestBody?.content?.['application/json']?.schema ?? {});
    const fields = Object.entries(schema.properties ?? {});
    const collection = path.split('/')[1] ?? '';
    return {
      name: `${method} ${path}`,
      method,
      path: path.replace('{id}', this.rows[collection] ?? UNKNOWN_ID),
      hasId: path.includes('{id}'),
      caller: BY_THE_PLATFORM.test(path) ? this.world.superAdmin : this.admin,
      body: operation.requestBody !== undefined,
      schema,
      fields: fields.map(([name]) => name),
      texts: NEED_A_SECRET.includes(path) ? [] : fields.filter(([, field]) => isFreeText(field)).map(([name]) => name),
      queries: (operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name),
      needsASecret: NEED_A_SECRET.includes(path),
      index,
    };
  }

  /** What the route takes: what must be said, and nothing else. */
  private example({ schema }: Route): Record<string, unknown> {
    const number = (this.made += 1);
    const own: Record<string, unknown> = {
      username: `user-${number}`,
      email: `user-${number}@example.com`,
      password: PASSWORD,
      oaId: String(number),
      role: 'agent',
      scopes: ['users:read'],
    };
    const slug = schema.properties?.name?.pattern ? { name: `name-${number}` } : {};
    const required = (schema.required ?? []).map((name) => [name, schema.properties?.[name]?.enum ?? 'x'] as const);
    const said = required.map(([name, value]) => [name, Array.isArray(value) ? (value as unknown[])[0] : value]);
    const known = Object.entries({ ...own, ...slug }).filter(([name]) => schema.required?.includes(name));
    return { ...Object.fromEntries(said), ...Object.fromEntries(known) };
  }

  private withTexts(route: Route, texts: string[], text: string): Record<string, unknown> {
    return { ...this.example(route), ...Object.fromEntries(texts.map((field) => [field, text])) };
  }

  private async faultsOfRoundTrip(route: Route, texts: string[], text: string, answer: Answer): Promise<string[]> {
    if (answer.status >= 300) return answer.faults;
    const kept = route.method === 'PATCH' ? await this.ask({ ...route, method: 'GET' }) : answer;
    const lost = texts.filter((field) => field in kept.data && kept.data[field] !== text.trim());
    return [
      ...answer.faults,
      ...kept.faults,
      ...lost.map((field) => `${field} was ${JSON.stringify(text)} and became another`),
    ];
  }

  private async ask(route: Pick<Route, 'method' | 'path' | 'caller'>, bytes?: string): Promise<Answer> {
    const answer = await this.exchange(route, bytes);
    if (answer.status !== 429) return answer;
    await this.world.database.rows('DELETE FROM rate_limits');
    return this.exchange(route, bytes);
  }

  private async exchange(
    { method, path, caller }: Pick<Route, 'method' | 'path' | 'caller'>,
    bytes?: string,
  ): Promise<Answer> {
    const headers = { ...caller.headers, ...(bytes !== undefined && { 'content-type': 'application/json' }) };
    const response = await fetch(`${this.world.url}${path}`, { method, headers, body: bytes });
    const { status } = response;
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const text = await response.text();
    const body = type === 'application/json' ? (JSON.parse(text) as Record<string, Answer['data']>) : { text: {} };
    const exchange = {
      method,
      path: new URL(response.url).pathname,
      status,
      type,
      body: type === 'application/json' ? body : text,
    };
    const faults = this.api
      .faultsOf(exchange)
      .map((fault) => `${fault} in ${text.slice(0, 300)} to ${path.slice(0, 300)} ${bytes?.slice(0, 300)}`);
    const broken = status >= 500 ? [`${status} to ${path.slice(0, 300)} ${bytes?.slice(0, 600)}`] : [];
    return { status, faults: [...faults, ...broken], data: body.data ?? {}, refused: refusedIn(body) };
  }
}

function mustBe(statuses: number[], { status, faults }: Answer, what: string): string[] {
  return statuses.includes(status) ? faults : [...faults, `${status} to ${JSON.stringify(what.slice(0, 300))}`];
}

function refusedIn({ error }: Record<string, Answer['data']>): string[] {
  const details = (error?.details ?? []) as { path?: string }[];
  return details.map(({ path = '' }) => path.split('.')[0] ?? '');
}

function isFreeText({ type, format, enum: words, pattern }: JsonSchema): boolean {
  return [type].flat().includes('string') && !format && !words && pattern === '^[^\\u0000]*$';
}

function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : LONE_SURROGATE;
}
