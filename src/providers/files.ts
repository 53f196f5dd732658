import { createHash, randomInt } from 'node:crypto';

export interface DeskFile {
  id: string;
  name: string;
  contentType: string;
  bytes: Buffer;
}

/** A picture of one blue dot. */
const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** The files that customers and pages send, as the providers keep them. */
export class Files {
  private readonly kept = new Map<string, DeskFile>();

  constructor(private readonly baseUrl: () => string) {}

  add(file: { name: string; contentType: string; bytes: Buffer }): DeskFile {
    const kept = { ...file, id: `${randomInt(1e6, 9e6)}${String(this.kept.size).padStart(9, '0')}` };
    this.kept.set(kept.id, kept);
    return kept;
  }

  /** Something to send where nothing was named. */
  sample(type: string): DeskFile {
    if (type === 'image' || type === 'sticker')
      return this.add({ name: 'dot.png', contentType: 'image/png', bytes: DOT });
    return this.add({ name: `${type}.txt`, contentType: 'text/plain', bytes: Buffer.from(`A sample ${type}\n`) });
  }

  find(id: string): DeskFile | undefined {
    return this.kept.get(id);
  }

  /** Anybody who knows the address may read it, as with the pictures of Messenger and Zalo. */
  urlOf({ id, name }: DeskFile): string {
    return `${this.baseUrl()}/files/${id}/${encodeURIComponent(name)}`;
  }

  /** The file behind an address of ours. */
  behind(url: string): DeskFile | undefined {
    const id = url.startsWith(this.baseUrl()) ? /\/files\/(\d+)\//.exec(url)?.[1] : undefined;
    return id === undefined ? undefined : this.find(id);
  }

  digestOf({ bytes }: DeskFile): string {
    return createHash('sha256').update(bytes).digest('base64');
  }

  clear(): void {
    this.kept.clear();
  }
}
