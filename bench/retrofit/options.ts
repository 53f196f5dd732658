import { parseArgs } from 'node:util';

export interface Options {
  messages: number;
  /** How long the load runs undisturbed, before the tool begins. */
  undisturbedSeconds: number;
  /** Of the comparison with one plain UPDATE, each way. */
  rounds: number;
  /** Rows of the per-row loop. */
  loopRows: number;
  smoke: boolean;
}

export const HELP = `npm run bench:retrofit -- [options]
  --smoke          all of it in small, for correctness only; measures nothing
  --messages N     2000000
  --undisturbed N  30; seconds of load before the tool begins
  --rounds N       2; comparisons with one plain UPDATE, without and with the load
  --loop-rows N    20000; rows of the loop that updates one at a time`;

const SMOKE: Options = { messages: 20_000, undisturbedSeconds: 1, rounds: 1, loopRows: 200, smoke: true };

/** Throws on what it does not know. */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      smoke: { type: 'boolean', default: false },
      messages: { ...text, default: '2000000' },
      undisturbed: { ...text, default: '30' },
      rounds: { ...text, default: '2' },
      'loop-rows': { ...text, default: '20000' },
    },
  });
  if (values.smoke) return SMOKE;
  return {
    messages: whole(values.messages),
    undisturbedSeconds: whole(values.undisturbed),
    rounds: whole(values.rounds),
    loopRows: whole(values['loop-rows']),
    smoke: false,
  };
}

function whole(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new Error(`${text} must be a whole number of 1 or more`);
}
