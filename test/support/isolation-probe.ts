import { undocumented } from './documented-responses.js';
import type { Attack, Shot } from './isolation-attacks.js';
import { SUPER_ADMIN } from './isolation-callers.js';
import type { Caller } from './isolation-callers.js';
import type { Operation } from './isolation-document.js';
import type { Holdings } from './isolation-holdings.js';
import type { World } from './world.js';

export interface Heard {
  status: number;
  body: string;
  /** Without those that no two answers share. */
  headers: string;
  /** What the OpenAPI document does not say of it. */
  undocumented: string[];
}

/** Where the contract wants more to be said than of something that does not exist. */
const BY_CONTRACT: Record<string, { reason: string; status?: number; only?: string }> = {
  'POST /integrations body oaId': {
    reason: 'a page live in another organization is 409 integration_in_use',
    status: 409,
  },
  'POST /auth/register body organizationName': {
    reason: "an organization's name is unique: 409 name_taken",
    status: 409,
  },
  'POST /auth/register body orgId': { reason: 'a super admin makes users in any organization', only: SUPER_ADMIN },
};

const REFUSALS = { row: [401, 403, 404], reference: [401, 403, 404, 422] };
const UNSHARED_HEADERS = /^(date|x-request-id|retry-after|(x-)?ratelimit.*)$/;

/** Makes every caller try every attack, and says what gave the other organization away. Nothing is as it should be. */
export class IsolationProbe {
  private readonly findings = new Set<string>();
  /** Places where some caller got past the guard, so that something was tried at all. */
  private readonly reached = new Set<string>();
  /** The victim's words that callers say themselves: answered with one of them, they hear themselves. */
  private said: ReadonlySet<string> = new Set();
  private readonly refusals = new Map<Attack, Map<string, Heard>>();

  constructor(
    private readonly world: World,
    private readonly victim: Holdings,
    private readonly traces: string[],
  ) {}

  async run(attacks: Attack[], callers: Caller[]): Promise<string[]> {
    this.said = new Set(attacks.filter(({ aim }) => aim === 'word').map(({ theirs }) => theirs));
    for (const attack of attacks) for (const caller of callers) await this.try(attack, caller);
    for (const { operation, place } of attacks)
      if (!this.reached.has(`${operation.name} ${place}`))
        this.findings.add(`${operation.name} ${place}: nobody got as far`);
    return [...this.findings];
  }

  /** One request, which also claims the victim's organization by every header that one could think of. */
  async send({ method, path, body }: Shot, headers: Record<string, string>): Promise<Heard> {
    const url = this.world.url + path;
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...this.claims, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const shared = [...response.headers].filter(([name]) => !UNSHARED_HEADERS.test(name));
    const [{ status }, text] = [response, await response.text()];
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const answer = { method, status, type, body: type === 'application/json' ? (JSON.parse(text) as unknown) : text };
    return { status, body: text, headers: String(shared), undocumented: undocumented(url, answer) };
  }

  private get claims(): Record<string, string> {
    const { id, name } = this.victim.organization;
    return { 'x-org-id': id, 'x-organization-id': id, 'x-tenant-id': id, 'x-organization': name };
  }

  private async try(attack: Attack, caller: Caller): Promise<void> {
    const { operation, place } = attack;
    if (operation.needs.length === 0 && caller.hasOneScope) return;
    const where = `${operation.name} ${place}`;
    const isFree = actsForThePlatform(caller, operation) || BY_CONTRACT[where]?.only === caller.name;
    if (isFree || operation.isPublic) this.reached.add(where);
    if (isFree) return;
    const real = await this.send(await attack.with(attack.theirs), caller.headers);
    const ghost = await this.withNobodys(attack, caller);
    if (ghost.status !== 401 && ghost.status !== 403) this.reached.add(where);
    for (const fault of this.faultsOf(attack, caller, real, ghost))
      this.findings.add(`${where}: ${fault} (${caller.name})`);
  }

  /** Whoever may not call the route at all is refused in the same words, so that they are heard once. */
  private async withNobodys(attack: Attack, caller: Caller): Promise<Heard> {
    const refused = lacksPermission(caller, attack.operation) ? `${caller.name === 'nobody'}` : null;
    const known = refused === null ? undefined : this.refusals.get(attack)?.get(refused);
    if (known) return known;
    await this.release(attack);
    const heard = await this.send(await attack.with(attack.nobodys), caller.headers);
    await this.release(attack);
    if (refused !== null) this.refusals.set(attack, (this.refusals.get(attack) ?? new Map()).set(refused, heard));
    return heard;
  }

  /** A name that was free is taken now, and sign-ins that failed are counted: neither may change what the next one hears. */
  private async release({ aim, operation, theirs, nobodys }: Attack): Promise<void> {
    if (operation.method === 'GET' || aim === 'row') return;
    const taken = [[theirs, nobodys], this.victim.organization.id];
    await this.world.database.rows('UPDATE users SET username = id WHERE username = ANY ($1) AND org_id <> $2', taken);
    await this.world.database.rows('UPDATE labels SET name = id WHERE name = ANY ($1) AND org_id <> $2', taken);
    await this.world.database.rows(
      'UPDATE quick_replies SET shortcut = id WHERE shortcut = ANY ($1) AND org_id <> $2',
      taken,
    );
    await this.world.database.rows('UPDATE users SET email = NULL WHERE email = ANY ($1) AND org_id <> $2', taken);
    await this.world.database.rows('DELETE FROM rate_limits');
  }

  private *faultsOf(attack: Attack, caller: Caller, real: Heard, ghost: Heard): Generator<string> {
    const { operation, place, aim, theirs, nobodys } = attack;
    for (const { status, body, undocumented: strange } of [real, ghost]) {
      if (status >= 500 || status === 429) yield `${status} ${body}`;
      if (strange.length > 0) yield `${status} ${body}, which is not as documented: ${strange.join('; ')}`;
    }
    if (lacksPermission(caller, operation) && real.status !== (caller.name === 'nobody' ? 401 : 403))
      yield `${real.status} without the permission`;
    const isTold = BY_CONTRACT[`${operation.name} ${place}`]?.status === real.status;
    if (aim !== 'word' && !REFUSALS[aim].includes(real.status)) yield `${real.status} for what is theirs`;
    if (aim === 'reference' && real.status === 422 && !namesOnly(real.body, attack.field)) yield real.body;
    if (!isTold && place !== 'headers' && comparable(real, theirs, operation) !== comparable(ghost, nobodys, operation))
      yield `told from nobody's: ${real.status} ${real.body} and ${ghost.status} ${ghost.body}`;
    for (const trace of this.tracesIn(real, theirs)) yield `answered with ${trace}`;
  }

  /** What is the victim's in an answer, but for what was said in the question. */
  private tracesIn({ body }: Heard, said: string): string[] {
    return this.traces.filter((trace) => !this.said.has(trace) && !said.includes(trace) && body.includes(trace));
  }
}

/** Routes of the platform reach every organization, for whoever is the platform. */
function actsForThePlatform({ permissions }: Caller, { needs }: Operation): boolean {
  return needs.some((need) => need.startsWith('organizations:') && holds(permissions, need));
}

function lacksPermission({ permissions }: Caller, { needs, isPublic }: Operation): boolean {
  return !isPublic && needs.length > 0 && !needs.some((need) => holds(permissions, need));
}

function holds(permissions: ReadonlySet<string>, need: string): boolean {
  return permissions.has(need);
}

function namesOnly(body: string, field: string): boolean {
  const { error } = JSON.parse(body);
  return error.details.every(({ path }: { path: string }) => path === field);
}

/** What must be the same whoever's the value was: also new rows' ids, moments and secrets differ where something was made. */
function comparable({ status, body, headers }: Heard, value: string, { method }: Operation): string {
  const echoed = body.replace(/"requestId":"[^"]*"/, '').replaceAll(value, '<tried>');
  if (method === 'GET' || status >= 300) return `${status} ${headers} ${echoed}`;
  const made = echoed
    .replaceAll(/org_[0-9a-f]{20}/g, '<id>')
    .replaceAll(/pd_[\w.-]+/g, '<secret>')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<moment>')
    .replaceAll(/(name|user|mail|organization|customer|message|text)-[0-9a-f]{12}/g, '<fresh>')
    .replaceAll(/"oaId":"\d+"/g, '"oaId"');
  return `${status} ${headers.replace(/content-length,\d+/, '')} ${made}`;
}
