import type pg from 'pg';
import type { SecretVault } from '../secrets/secret-vault.js';
import { createOrganization, organizationNameFor } from './organization-founding.js';
import { Homes, organizationIdOf, readPeople } from './organization-homes.js';
import type { Person } from './organization-homes.js';
import type { Move, MoveCounts, Unplaced } from './organization-move-plan.js';
import { OrganizationMove } from './organization-move.js';
import { findUnplaced } from './organization-unplaced.js';
import { inTransaction, undone } from './owner-client.js';
import { pausingWriters } from './writer-pause.js';

const SOURCE = 'org_default_001';
const OPTIONS = { action: 'organization.split', takesKeys: true } as const;

/** What goes, or went, to one organization. */
export interface Moved {
  who: string;
  organization: { id: string; name: string };
  counts: MoveCounts;
}

export interface MoveReport {
  moved: Moved[];
  unplaced: Unplaced[];
}

/** Who goes to one organization, and what it is to be where there is none yet. */
interface Target {
  move: Move;
  who: string;
  admin: Person | null;
}

const ACCOUNTS = `SELECT account_id AS id FROM integrations WHERE org_id = $1 AND account_id IS NOT NULL
  UNION SELECT account_id FROM chatbots WHERE org_id = $1 AND account_id IS NOT NULL
  UNION SELECT account_id FROM conversations WHERE org_id = $1 AND account_id IS NOT NULL
  UNION SELECT account_id FROM quick_replies WHERE org_id = $1 AND account_id IS NOT NULL`;

/**
 * Gives every admin of the default organization an organization of their own, with their staff and what is theirs. One
 * transaction an admin: an interrupted split has moved some of them wholly and the rest not at all, and the next run goes on.
 */
export class OrganizationSplit {
  constructor(
    private readonly client: pg.Client,
    private readonly vault: SecretVault,
  ) {}

  plan(): Promise<MoveReport> {
    return this.run((target) => this.planOne(target));
  }

  /** `onProgress`: messages moved so far to an organization. */
  apply(onProgress: (who: string, messages: number) => void): Promise<MoveReport> {
    return this.run((target) => this.applyOne(target, onProgress));
  }

  private async run(moveOne: (target: Target) => Promise<MoveReport>): Promise<MoveReport> {
    const people = await readPeople(this.client);
    const homes = new Homes(SOURCE, people);
    const owners = await this.client.query<{ id: string }>(ACCOUNTS, [SOURCE]);
    const accounts = owners.rows.map(({ id }) => id);
    const report: MoveReport = {
      moved: [],
      unplaced: await findUnplaced(this.client, SOURCE, { people, homes, accounts }),
    };
    for (const target of targetsOf(people, homes, accounts)) {
      const { moved, unplaced } = await moveOne(target);
      report.moved.push(...moved);
      report.unplaced.push(...unplaced);
    }
    return report;
  }

  private planOne(target: Target): Promise<MoveReport> {
    return undone(this.client, async () => {
      const name = await organizationNameFor(this.client, target.move.to, target.admin);
      return reportOf(target, name, await this.moving(target).plan());
    });
  }

  private applyOne(target: Target, onProgress: (who: string, messages: number) => void): Promise<MoveReport> {
    return inTransaction(this.client, async () => {
      await pausingWriters(this.client);
      const name = await organizationNameFor(this.client, target.move.to, target.admin);
      await createOrganization(this.client, target.move.to, name, target.admin);
      const result = await this.moving(target).apply((messages) => onProgress(target.who, messages));
      return reportOf(target, name, result);
    });
  }

  private moving({ move }: Target): OrganizationMove {
    return new OrganizationMove(this.client, this.vault, move, OPTIONS);
  }
}

/** Admins and their staff; and organizations of an earlier run, where something of theirs was left. */
function targetsOf(people: Person[], homes: Homes, accounts: string[]): Target[] {
  const targets = new Map<string, Target>();
  const at = (orgId: string) => {
    const admin = people.find((person) => person.orgId === SOURCE && organizationIdOf(person) === orgId) ?? null;
    const move = { from: SOURCE, to: orgId, users: [], accounts: [] };
    const target: Target = targets.get(orgId) ?? { admin, who: admin?.username ?? orgId, move };
    targets.set(orgId, target);
    return target.move;
  };
  for (const person of people.filter(({ orgId }) => orgId === SOURCE)) {
    const home = homes.of(person);
    if ('orgId' in home && home.orgId !== SOURCE) at(home.orgId).users.push(person.id);
  }
  for (const account of accounts) {
    const home = homes.ofAccount(account);
    if ('orgId' in home && home.orgId !== SOURCE) at(home.orgId).accounts.push(account);
  }
  return [...targets.values()];
}

function reportOf(
  { who, move }: Target,
  name: string,
  result: { counts: MoveCounts; unplaced: Unplaced[] },
): MoveReport {
  return { moved: [{ who, organization: { id: move.to, name }, counts: result.counts }], unplaced: result.unplaced };
}
