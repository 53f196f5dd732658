/** There is no use in trying again. `reason` is a word for the file's row. */
export class MediaUnavailableError extends Error {
  constructor(readonly reason: string) {
    super(`The file cannot be fetched: ${reason}`);
    this.name = 'MediaUnavailableError';
  }
}
