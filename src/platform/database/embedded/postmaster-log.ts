import { open, rename, stat, type FileHandle } from 'node:fs/promises';

const LARGE_BYTES = 10 * 1024 * 1024;
const TAIL_LINES = 12;

/** The file that a postmaster writes its messages to, opened for one that is about to start. */
export class PostmasterLog {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    /** Where the messages of this postmaster begin, in bytes. */
    private readonly start: number,
  ) {}

  /** Opens the log for appending. One that has grown large is renamed to `<path>.1`, replacing the one of that name. */
  static async open(path: string): Promise<PostmasterLog> {
    const size = await sizeOf(path);
    if (size > LARGE_BYTES) await rename(path, `${path}.1`);
    const file = await open(path, 'a', 0o600);
    return new PostmasterLog(path, file, (await file.stat()).size);
  }

  /** The descriptor to pass on to the postmaster; valid until {@link close}. */
  get fd(): number {
    return this.file.fd;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** The last lines written since this log was opened; works after {@link close}, too. */
  async tail(): Promise<string> {
    const length = Math.max((await sizeOf(this.path)) - this.start, 1);
    const file = await open(this.path, 'r');
    try {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: this.start });
      return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    } finally {
      await file.close();
    }
  }
}

function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
