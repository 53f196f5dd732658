/** Something is named that is not on the desk. */
export class NotKnownError extends Error {
  readonly statusCode = 404;

  constructor(message: string) {
    super(message);
    this.name = 'NotKnownError';
  }
}
