/** Something that the person who runs the command can mend; the message says how. Ends the command with exit code 1. */
export class RetrofitError extends Error {
  override readonly name = 'RetrofitError';

  constructor(
    message: string,
    /** One a line, below the message. */
    readonly details: string[] = [],
  ) {
    super(message);
  }
}
