import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../src/platform/config/settings.js';
import { holdToOwnDocument } from './documented-responses.js';
import { fromSource } from './from-source.js';

const START_LIMIT_MS = 25_000;

/** The server as a process of its own, from the sources. */
export class ServerProcess {
  /** What it has said so far, on both channels. */
  output = '';
  readonly ended: Promise<{ code: number | null; output: string }>;

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.ended = once(child, 'close').then(() => ({ code: child.exitCode, output: this.output }));
  }

  static start(environment: Environment): ServerProcess {
    return ServerProcess.run(['src/main.ts'], { HOST: '127.0.0.1', PORT: '0', ...environment });
  }

  /** A process that only works on jobs. */
  static startWorker(environment: Environment): ServerProcess {
    return ServerProcess.run(['src/cli.ts', 'worker'], environment);
  }

  private static run([program = '', ...words]: string[], environment: Environment): ServerProcess {
    const { line, env } = fromSource(program, { ENVIRONMENT: 'test', ...environment });
    return new ServerProcess(spawn(process.execPath, [...line, ...words], { env }));
  }

  /** Its address, once it listens. Throws with what it said where it ends instead. */
  async url(): Promise<string> {
    await this.said(/listening on http/);
    const port = /listening on http:\/\/localhost:(\d+)/.exec(this.output)?.[1];
    const url = `http://127.0.0.1:${port}`;
    await holdToOwnDocument(url);
    return url;
  }

  /** Waits for it to say something. */
  async said(what: RegExp, withinMs = START_LIMIT_MS): Promise<void> {
    const limit = Date.now() + withinMs;
    while (!what.test(this.output)) {
      if (this.child.exitCode !== null || Date.now() > limit) throw new Error(`It never said ${what}:\n${this.output}`);
      await delay(10);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
