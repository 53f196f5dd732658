/** The address may not be spoken to. The message says no more than that: what a name resolves to inside is nobody's business. */
export class AddressRefusedError extends Error {
  constructor(reason = 'This address is not on the public internet: such addresses are refused') {
    super(reason);
    this.name = 'AddressRefusedError';
  }
}

/** No answer came. `mayHaveArrived`: whether the request had left already, so that somebody may have acted on it. */
export class UnreachableError extends Error {
  constructor(
    reason: string,
    readonly mayHaveArrived: boolean,
  ) {
    super(reason);
    this.name = 'UnreachableError';
  }
}
