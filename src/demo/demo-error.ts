/** Why the demo cannot go on, for the person at the terminal. */
export class DemoError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DemoError';
  }
}

/** Nobody answers at an address: there is nothing more to say. */
export class NobodyThereError extends DemoError {}

/** For `catch`: says first what could not be done. */
export function because(sentence: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof NobodyThereError || !(error instanceof DemoError)) throw error;
    throw new DemoError(`${sentence}. ${error.message}`);
  };
}
