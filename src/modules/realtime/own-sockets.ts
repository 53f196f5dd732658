/** How many sockets this node has, by organization and user. */
export class OwnSockets {
  /** How often what other nodes are told has changed. */
  version = 0;
  /** By the user's id; by the empty text those that nobody is seen by. */
  private readonly organizations = new Map<string, Map<string, number>>();

  /** Whether other nodes have to be told. */
  add(orgId: string, userId: string | null): boolean {
    const users = this.organizations.get(orgId) ?? new Map<string, number>();
    const isNews = !users.has(userId ?? '');
    users.set(userId ?? '', (users.get(userId ?? '') ?? 0) + 1);
    this.organizations.set(orgId, users);
    return this.noted(isNews);
  }

  /** As {@link add}. */
  remove(orgId: string, userId: string | null): boolean {
    const users = this.organizations.get(orgId);
    const left = (users?.get(userId ?? '') ?? 0) - 1;
    if (left > 0) users?.set(userId ?? '', left);
    else users?.delete(userId ?? '');
    if (users?.size === 0) this.organizations.delete(orgId);
    return this.noted(left <= 0);
  }

  /** Null where the organization has no sockets here. */
  usersOf(orgId: string): string[] | null {
    const users = this.organizations.get(orgId);
    return users ? [...users.keys()].filter((id) => id !== '') : null;
  }

  all(): [string, string[]][] {
    return [...this.organizations.keys()].map((orgId) => [orgId, this.usersOf(orgId) ?? []]);
  }

  private noted(isNews: boolean): boolean {
    if (isNews) this.version += 1;
    return isNews;
  }
}
