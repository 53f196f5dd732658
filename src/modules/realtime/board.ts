/** What a node tells of itself. `version` counts its changes, so that a lost one is noticed. */
export type BoardMessage =
  | { node: string; version: number; kind: 'beat' }
  | { node: string; version: number; kind: 'changed'; orgId: string; users: string[] | null }
  | { node: string; version: number; kind: 'whole'; organizations: [string, string[]][] }
  | { node: string; kind: 'ask'; asked: string }
  | { node: string; kind: 'gone' };

/** Who is connected to one node. */
interface NodeEntry {
  version: number;
  seenAt: number;
  /** The users of each organization that has sockets; none where they are all of API keys. */
  organizations: Map<string, string[]>;
}

const DOUBTED = -1;
/** Longer than three beats. */
const GONE_AFTER_MS = 7_000;

/** Which organizations have sockets on other nodes, and whose, as those nodes said. */
export class Board {
  private readonly nodes = new Map<string, NodeEntry>();

  /** How many nodes are known as they are. */
  get size(): number {
    return [...this.nodes.values()].filter(({ version }) => version !== DOUBTED).length;
  }

  /** Changes may have gone unheard: what each node says next is compared with nothing. */
  doubt(): void {
    for (const entry of this.nodes.values()) entry.version = DOUBTED;
  }

  hasOrganization(orgId: string): boolean {
    return [...this.nodes.values()].some(({ organizations }) => organizations.has(orgId));
  }

  usersOf(orgId: string): string[] {
    return [...this.nodes.values()].flatMap(({ organizations }) => organizations.get(orgId) ?? []);
  }

  organizationsOf(node: string): string[] {
    return [...(this.nodes.get(node)?.organizations.keys() ?? [])];
  }

  /** False where what is known of the node is not all that there is: it must be asked. */
  keepsUpWith(node: string, version: number): boolean {
    const known = this.nodes.get(node);
    if (known) known.seenAt = Date.now();
    return known?.version === version;
  }

  put(node: string, version: number, organizations: [string, string[]][]): void {
    this.nodes.set(node, { version, seenAt: Date.now(), organizations: new Map(organizations) });
  }

  /** Null: the organization has no sockets there any more. Call where it keeps up with the version before. */
  change(node: string, version: number, orgId: string, users: string[] | null): void {
    const known = this.nodes.get(node);
    if (!known) return;
    known.version = version;
    if (users === null) known.organizations.delete(orgId);
    else known.organizations.set(orgId, users);
  }

  remove(node: string): void {
    this.nodes.delete(node);
  }

  /** Nodes that have not been heard of for too long. */
  silent(now = Date.now()): string[] {
    return [...this.nodes].filter(([, { seenAt }]) => now - seenAt > GONE_AFTER_MS).map(([node]) => node);
  }
}
