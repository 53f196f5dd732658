/** Why a token opens nothing any more. `expired`: its time is over, where it has one. */
export type Death = 'invalid' | 'expired';

/** What opens what, and no longer. */
export class AccessTokens {
  private readonly nodes = new Map<string, Set<string>>();
  private readonly deaths = new Map<string, Death>();

  /** A token that was dead lives again. */
  grant(token: string, nodes: string[]): void {
    this.nodes.set(token, new Set([...(this.nodes.get(token) ?? []), ...nodes]));
    this.deaths.delete(token);
  }

  kill(token: string, death: Death): void {
    this.deaths.set(token, death);
  }

  /** Null where it is alive. */
  deathOf(token: string): Death | null {
    return this.deaths.get(token) ?? (this.nodes.has(token) ? null : 'invalid');
  }

  /** Whether it was made for a page or account, alive or not. */
  opens(token: string, node: string): boolean {
    return this.nodes.get(token)?.has(node) ?? false;
  }

  clear(): void {
    this.nodes.clear();
    this.deaths.clear();
  }
}
