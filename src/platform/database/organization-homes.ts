import type pg from 'pg';

/** A user, as far as it matters where one belongs. */
export interface Person {
  orgId: string;
  id: string;
  accountId: string;
  username: string;
  email: string | null;
  name: string | null;
  role: string;
  isActive: boolean;
  parentAccountId: string | null;
}

/** Where somebody belongs, or why nobody can say. */
export type Home = { orgId: string } | { reason: string };

export async function readPeople(client: pg.Client): Promise<Person[]> {
  const { rows } = await client.query<Person>(
    `SELECT org_id AS "orgId", id, account_id AS "accountId", username, email, name, role, is_active AS "isActive",
            parent_account_id AS "parentAccountId" FROM users ORDER BY created_at, id`,
  );
  return rows;
}

/** The organization that a split makes for an admin: the same in every run, so that an interrupted one goes on. */
export function organizationIdOf(admin: Person): string {
  return `org_${admin.accountId.replaceAll('-', '')}`;
}

/** Says where accounts belong once `source` is split: admins to themselves, staff to the admin above them. */
export class Homes {
  private readonly byAccount = new Map<string, Person>();

  constructor(
    private readonly source: string,
    people: Person[],
  ) {
    const [elsewhere, here] = [
      people.filter(({ orgId }) => orgId !== source),
      people.filter(({ orgId }) => orgId === source),
    ];
    // Rows name an account; those of users whose id is not their account's may name the user.
    for (const person of [...elsewhere, ...here])
      for (const key of [person.id, person.accountId]) this.byAccount.set(key, person);
  }

  ofAccount(accountId: string | null): Home {
    if (accountId === null) return { reason: 'names no account' };
    const person = this.byAccount.get(accountId);
    return person ? this.of(person) : { reason: `account ${accountId} is nobody's` };
  }

  of(person: Person, below: Person[] = []): Home {
    if (person.orgId !== this.source) return { orgId: person.orgId };
    if (person.role === 'super_admin') return { orgId: this.source };
    if (person.role === 'admin') return { orgId: organizationIdOf(person) };
    return this.above(person, [...below, person]);
  }

  private above({ username, parentAccountId }: Person, below: Person[]): Home {
    if (parentAccountId === null) return { reason: `${username} has no admin above` };
    const parent = this.byAccount.get(parentAccountId);
    if (!parent) return { reason: `the account above ${username}, ${parentAccountId}, is nobody's` };
    if (below.includes(parent)) return { reason: `${username} and ${parent.username} are above each other` };
    return this.of(parent, below);
  }
}
