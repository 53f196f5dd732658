import type pg from 'pg';
import type { SecretVault } from '../secrets/secret-vault.js';
import { readPeople } from './organization-homes.js';
import type { Person } from './organization-homes.js';
import { OrganizationMove, OrganizationMoveError } from './organization-move.js';
import type { MoveReport } from './organization-split.js';
import { inTransaction, undone } from './owner-client.js';
import { pausingWriters } from './writer-pause.js';

const OPTIONS = { action: 'organization.reassigned', takesKeys: false } as const;

interface Organization {
  id: string;
  name: string;
}

/** Moves chosen users, and what is theirs, into an organization that exists. All of them, or none. */
export class OrganizationReassignment {
  constructor(
    private readonly client: pg.Client,
    private readonly vault: SecretVault,
  ) {}

  /** Organizations by id or name, users by id or username. Throws {@link OrganizationMoveError} where that cannot be done. */
  plan(to: string, users: string[]): Promise<MoveReport> {
    return undone(this.client, () => this.eachUser(to, users, (move) => move.plan()));
  }

  apply(to: string, users: string[], onProgress: (who: string, messages: number) => void): Promise<MoveReport> {
    return inTransaction(this.client, async () => {
      await pausingWriters(this.client);
      return this.eachUser(to, users, (move, who) => move.apply((messages) => onProgress(who, messages)));
    });
  }

  private async eachUser(
    to: string,
    names: string[],
    work: (move: OrganizationMove, who: string) => ReturnType<OrganizationMove['plan']>,
  ): Promise<MoveReport> {
    const organization = await this.findOrganization(to);
    const people = await readPeople(this.client);
    const report: MoveReport = { moved: [], unplaced: [] };
    const chosen = new Set(names.map((name) => find(people, name)));
    for (const person of chosen) assertMovable(person, organization, people);
    assertAdminsRemain(
      people.filter((person) => person.isActive && !chosen.has(person)),
      chosen,
    );
    for (const person of chosen) {
      const move = {
        from: person.orgId,
        to: organization.id,
        users: [person.id],
        accounts: [person.id, person.accountId],
      };
      const { counts, unplaced } = await work(
        new OrganizationMove(this.client, this.vault, move, OPTIONS),
        person.username,
      );
      report.moved.push({ who: person.username, organization, counts });
      report.unplaced.push(...unplaced);
    }
    return report;
  }

  private async findOrganization(idOrName: string): Promise<Organization> {
    const sql = 'SELECT id, name FROM organizations WHERE id = $1 OR name = $1';
    const [found] = (await this.client.query<Organization>(sql, [idOrName])).rows;
    if (!found) throw new OrganizationMoveError(`There is no organization ${idOrName}: GET /organizations lists them`);
    return found;
  }
}

function find(people: Person[], idOrUsername: string): Person {
  const [found, another] = people.filter(({ id, username }) => id === idOrUsername || username === idOrUsername);
  if (!found) throw new OrganizationMoveError(`There is no user ${idOrUsername}: name an id or a username`);
  if (another)
    throw new OrganizationMoveError(
      `Several users are called ${idOrUsername}: name one by id, ${found.id} of ${found.orgId} or ${another.id} of ${another.orgId}`,
    );
  return found;
}

function assertMovable(person: Person, { id: to, name }: Organization, people: Person[]): void {
  const { username, email, accountId } = person;
  if (person.orgId === to) throw new OrganizationMoveError(`${username} is in ${name} already`);
  if (person.role === 'super_admin')
    throw new OrganizationMoveError(`${username} is a super admin, and they are at home in the default organization`);
  const there = people.filter(({ orgId }) => orgId === to);
  const twin = there.find(
    (other) =>
      other.username === username || other.accountId === accountId || (email !== null && other.email === email),
  );
  if (twin)
    throw new OrganizationMoveError(
      `${name} has a user ${twin.username} with the username, e-mail or account of ${username}: change one of them first`,
    );
}

/** As the API has it: an organization with users keeps an active admin. */
function assertAdminsRemain(remaining: Person[], chosen: Set<Person>): void {
  for (const orgId of new Set([...chosen].map((person) => person.orgId))) {
    const roles = remaining.filter((person) => person.orgId === orgId).map(({ role }) => role);
    if (roles.length > 0 && !roles.some((role) => role === 'admin' || role === 'super_admin'))
      throw new OrganizationMoveError(
        `${orgId} would be left without an active admin: move its other users too, or make one of them admin first`,
      );
  }
}
