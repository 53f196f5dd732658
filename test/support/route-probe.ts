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
  /** It could be sent a body, and there is nothing that it could say. */
  takesNoBody: boolean;
  schema: JsonSchema;
  fields: string[];
  /** Fields that take any text. */
  texts: string[];
  queries: string[];
  /** Nothing that is made up is ever right. */
  needsASecret: boolean;
}

interface Answer {
  status: number;
  faults: string[];
  data: Record<string, unknown>;
  /** The fields that a 422 names. */
  refused: string[];
}

/** A provider's body is read as the bytes that it signed: made up, it is nobody's. */
const WEBHOOK = /^\/webhooks\//;
const BY_THE_PLATFORM = /^\/(organizations(?!\/current)|auth\/)/;
/** A platform's own page takes nothing there. */
const BY_PARTNERS = /^\/integrations\/\{id\}\/(inbound|receipts)$/;
const OWN_CHANNEL = "a partner's own integration";
const NEED_A_SECRET = [
  ...['/auth/login', '/auth/refresh', '/auth/logout', '/users/me/password'],
  ...['/integrations/facebook/pages', '/integrations/facebook/connect'],
  ...['/integrations/whatsapp/numbers', '/integrations/whatsapp/connect'],
];
/** How many texts one request carries at most, so that each field meets a fourth of all texts or more. */
const TEXTS_AT_ONCE = 4;
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
    this.routes = operations.map(({ path, method, operation }) => this.route(path, method, operation));
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
    const made = async (path: string, body: object) => String((await acme.post(path, body)).body.data.id);
    const endpoint = { url: 'https://partner.example.com/hooks', eventTypes: ['message.created'] };
    const webhookEndpointId = await made('/webhook-endpoints', endpoint);
    const channel = await made('/integrations', { platform: 'api', oaId: 'shop', name: 'Shop', webhookEndpointId });
    const written = { messageId: 'm', customer: { externalId: 'c' }, text: 'x' };
    const { body: inbound } = await acme.post(`/integrations/${channel}/inbound`, written).expect(200);
    return new RouteProbe(world, api, acme.admin, {
      organizations: spare.id,
      users: (await acme.as('agent')).user.id,
      'api-keys': key.data.id,
      invitations: invitation.data.id,
      conversations,
      customers: conversation.data.customer.id,
      integrations: conversation.data.integrationId,
      [OWN_CHANNEL]: channel,
      'messages of partners': await made(`/conversations/${inbound.data.conversationId}/messages`, { text: 'x' }),
      'webhook-endpoints': webhookEndpointId,
      deliveries: await made(`/webhook-endpoints/${webhookEndpointId}/test`, {}),
      labels: await made('/labels', { name: 'VIP' }),
      'quick-replies': await made('/quick-replies', { shortcut: 'hello', text: 'x' }),
      notes: await made(`/conversations/${conversations}/notes`, { text: 'x' }),
      chatbots: chatbot.data.id,
      messages: message.data.id,
    });
  }

  /** Undoes what a route may have been asked before: nobody switches into an organization that is not active. */
  async reopen(): Promise<void> {
    await this.world.superAdmin.post(`/organizations/${this.rows['organizations']}/activate`).expect(200);
  }

  /** Each text in some field that takes any, and something in each of them; once more without those that are refused. What is taken must come back. */
  async sendTexts(route: Route, texts: string[]): Promise<string[]> {
    return this.sendSaid(route, shared(texts, route.texts));
  }

  /** Texts in place of every field. No body is right in this way. */
  async sendEverywhere(route: Route, texts: string[]): Promise<string[]> {
    return this.refuse(route, JSON.stringify(shared(texts, route.fields)));
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

  /** Whoever shows no credential learns nothing of what would be right. */
  async refuseNobody(route: Route, bytes: string): Promise<string[]> {
    return mustBe([401], await this.ask({ ...route, caller: this.world.anonymous }, bytes), bytes);
  }

  /** Exact bytes that are refused for these fields and no others. */
  async refuseFields(route: Route, bytes: string, fields: string[]): Promise<string[]> {
    const answer = await this.ask(route, bytes);
    const named = answer.refused.join() === fields.join() ? [] : [`${bytes} was refused for ${answer.refused.join()}`];
    return [...mustBe([422], answer, bytes), ...named];
  }

  /** Of a row that nobody has: there is nothing else to be said against these bytes. */
  async findNothing(route: Route, bytes?: string): Promise<string[]> {
    const path = route.path.replace(/^(\/[\w-]+\/)[\w-]+/, `$1${UNKNOWN_ID}`);
    return mustBe([404], await this.ask({ ...route, path }, bytes), `${path} ${bytes}`);
  }

  send(route: Route, body: unknown): Promise<Answer> {
    return this.ask(route, JSON.stringify(body));
  }

  private route(path: string, method: string, operation: Operation): Route {
    const isProviders = WEBHOOK.test(path);
    const json = isProviders ? undefined : operation.requestBody?.content?.['application/json'];
    const schema = this.schemas.resolve(json?.schema ?? {});
    const fields = Object.entries(schema.properties ?? {});
    const rowOf = (collection: string) =>
      this.rows[BY_PARTNERS.test(path) && collection === 'integrations' ? OWN_CHANNEL : collection] ?? UNKNOWN_ID;
    return {
      name: `${method} ${path}`,
      method,
      path: path.replace(/([\w-]+)\/\{\w+\}/g, (_, collection: string) => `${collection}/${rowOf(collection)}`),
      hasId: path.includes('{id}'),
      caller: BY_THE_PLATFORM.test(path) ? this.world.superAdmin : this.admin,
      body: json !== undefined,
      takesNoBody: method !== 'GET' && operation.requestBody === undefined && !isProviders,
      schema,
      fields: fields.map(([name]) => name),
      texts: NEED_A_SECRET.includes(path) ? [] : fields.filter(([, field]) => isFreeText(field)).map(([name]) => name),
      queries: (operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name),
      needsASecret: NEED_A_SECRET.includes(path),
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

  private async sendSaid(route: Route, said: Record<string, string>): Promise<string[]> {
    const answer = await this.send(route, { ...this.example(route), ...said });
    const left = Object.fromEntries(Object.entries(said).filter(([field]) => !answer.refused.includes(field)));
    const [before, after] = [Object.keys(said).length, Object.keys(left).length];
    if (answer.status !== 422 || after === before) return this.faultsOfRoundTrip(route, said, answer);
    return after === 0 ? answer.faults : [...answer.faults, ...(await this.sendSaid(route, left))];
  }

  private async faultsOfRoundTrip(route: Route, said: Record<string, string>, answer: Answer): Promise<string[]> {
    if (answer.status >= 300) return answer.faults;
    const kept = route.method === 'PATCH' ? await this.ask({ ...route, method: 'GET' }) : answer;
    const lost = Object.entries(said).filter(([field, text]) => field in kept.data && kept.data[field] !== text.trim());
    return [
      ...answer.faults,
      ...kept.faults,
      ...lost.map(([field, text]) => `${field} was ${JSON.stringify(text)} and became another`),
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

/** A list in parts that fill one request each. */
export function inParts<T>(values: T[], fields: string[]): T[][] {
  const size = Math.min(fields.length, TEXTS_AT_ONCE);
  return Array.from({ length: Math.ceil(values.length / size) }, (_, part) =>
    values.slice(part * size, (part + 1) * size),
  );
}

/** Every field with a text, in turn. */
function shared(texts: string[], fields: string[]): Record<string, string> {
  return Object.fromEntries(fields.map((field, place) => [field, texts[place % texts.length] ?? '']));
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
