const LIFETIME_MS = 2_000;
const MOST = 10_000;

/**
 * What the database said a moment ago: two seconds at most. Emptied by its owner where a change is heard of on this node; a
 * look-up that such a change overtook is not kept. Nothing that is absent is remembered.
 */
export class StandingCache<T> {
  private readonly entries = new Map<string, { value: T; until: number }>();
  private readonly loading = new Map<string, Promise<T | undefined>>();
  private generation = 0;

  /** Those who come while a look-up is under way wait for it. */
  async get(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const known = this.known(key);
    if (known !== undefined) return known;
    const underWay = this.loading.get(key);
    if (underWay) return underWay;
    const loaded = this.load(key, load).finally(() => this.stopWaitingFor(key, loaded));
    this.loading.set(key, loaded);
    return loaded;
  }

  /** As `get`, without waiting for others: for who holds something that they may be waiting for. */
  async getAlone(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.known(key) ?? this.load(key, load);
  }

  private known(key: string): T | undefined {
    const entry = this.entries.get(key);
    return entry && entry.until > Date.now() ? entry.value : undefined;
  }

  forget(key: string): void {
    this.entries.delete(key);
    this.loading.delete(key);
  }

  clear(): void {
    this.generation += 1;
    this.entries.clear();
    this.loading.clear();
  }

  private async load(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const { generation } = this;
    const value = await load();
    if (value !== undefined && generation === this.generation) this.keep(key, value);
    return value;
  }

  /** After `clear`, somebody else may be looking. */
  private stopWaitingFor(key: string, loaded: Promise<T | undefined>): void {
    if (this.loading.get(key) === loaded) this.loading.delete(key);
  }

  private keep(key: string, value: T): void {
    if (this.entries.size >= MOST) this.entries.clear();
    this.entries.set(key, { value, until: Date.now() + LIFETIME_MS });
  }
}
