import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PHASES } from '../../src/retrofit/phases/phase.js';
import type { Phase } from '../../src/retrofit/phases/phase.js';
import { FROM_SOURCE } from '../process.js';

/** A line of the tool, and when it came (performance.now). */
export interface Line {
  at: number;
  text: string;
}

export interface PhaseRun {
  phase: Phase;
  /** From the tool's own first line of the phase to its last one. */
  from: number;
  to: number;
  lines: Line[];
}

/** `polydesk retrofit`, each command a process of its own. */
export class Tool {
  constructor(
    private readonly url: string,
    private readonly planFile: string,
  ) {}

  /** Runs the phases from one to another; those before are done. */
  async phases(first: Phase, last: Phase): Promise<PhaseRun[]> {
    const lines = await this.command('run', '--through', last, '--plan', this.planFile);
    const at = (text: string) => lines.findIndex((line) => line.text === text);
    return PHASES.slice(PHASES.indexOf(first), PHASES.indexOf(last) + 1).map((phase) =>
      phaseRun(phase, lines.slice(at(phase), at(`${phase} is done`) + 1)),
    );
  }

  /** @throws Error with what it said where it does not end well */
  async command(...args: string[]): Promise<Line[]> {
    const child = spawn(
      process.execPath,
      [...FROM_SOURCE, 'src/retrofit/main.ts', ...args, '--database-url', this.url],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const lines: Line[] = [];
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (text) => lines.push({ at: performance.now(), text }));
    await once(child, 'close');
    if (child.exitCode === 0) return lines;
    throw new Error(`retrofit ${args.join(' ')} failed:\n${lines.map(({ text }) => text).join('\n')}`);
  }
}

function phaseRun(phase: Phase, lines: Line[]): PhaseRun {
  return { phase, from: lines[0]?.at ?? NaN, to: lines.at(-1)?.at ?? NaN, lines };
}

/** What a phase was at, at a time: the first step that was done after it. */
export function stepAt({ lines, phase }: PhaseRun, at: number): string {
  const next = lines.find((line) => line.at >= at && /^ {2}(?:done|owned|swept|noted) /.test(line.text));
  return next?.text.trim().replace(/^done +/, '') ?? `${phase}, at its end`;
}
