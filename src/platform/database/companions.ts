import { forgetRowShape } from './row-shapes.js';
import type { Wire } from './row-shapes.js';

/** A statement of ours that travels beside others in one round trip, prepared once a connection. Nobody reads its rows. */
export interface Companion {
  name: string;
  text: string;
  values: unknown[];
}

/** What one query's companions leave behind on its connection: after an error nobody knows which of them the server kept. */
export class Companions {
  private readonly fresh: string[] = [];

  /** `named` is false behind a pooler that hands connections around between transactions. */
  constructor(private readonly named: boolean) {}

  send(wire: Wire, { name, text, values }: Companion): void {
    if (!this.named) wire.parse({ text });
    else if (!wire.parsedStatements[name]) this.prepare(wire, name, text);
    wire.bind({ statement: this.named ? name : '', values });
    wire.execute({});
  }

  forget(wire: Wire): void {
    for (const name of this.fresh) forgetStatement(wire, name);
  }

  /** Closing a statement that the server does not have is no error, so a name can always be prepared anew. */
  private prepare(wire: Wire, name: string, text: string): void {
    this.fresh.push(name);
    wire.close({ type: 'S', name });
    wire.parse({ name, text });
    wire.parsedStatements[name] = text;
  }
}

export function sendPlain(wire: Wire, text: string): void {
  wire.parse({ text });
  wire.bind({});
  wire.execute({});
}

/** It is prepared again where it is needed. */
export function forgetStatement(wire: Wire, name: string): void {
  delete wire.parsedStatements[name];
  delete wire.submittedNamedStatements[name];
  forgetRowShape(wire, name);
}
