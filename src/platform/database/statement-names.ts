const MOST = 500;

/** Names for prepared statements, one per SQL text. Beyond a bound, texts go unnamed: a server's memory is not ours to fill. */
export class StatementNames {
  private readonly names = new Map<string, string>();

  of(text: string): string | undefined {
    const known = this.names.get(text);
    if (known !== undefined || this.names.size >= MOST) return known;
    const name = `polydesk_${this.names.size}`;
    this.names.set(text, name);
    return name;
  }
}
