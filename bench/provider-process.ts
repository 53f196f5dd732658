import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../src/platform/database/embedded/free-port.js';
import { BenchProcess, FROM_SOURCE } from './process.js';

/** What came so far. */
export interface Received {
  requests: number;
  messages: number;
}

const START_LIMIT_MS = 30_000;

/** The provider stub, in a process of its own: what it costs is nobody's. */
export class ProviderProcess {
  private constructor(
    readonly url: string,
    private readonly process: BenchProcess,
  ) {}

  static async start(logFile: string): Promise<ProviderProcess> {
    const port = await freePort();
    const program = [...FROM_SOURCE, 'bench/provider-stub.ts'];
    const process = BenchProcess.start('The provider stub', program, { PORT: String(port) }, logFile);
    const provider = new ProviderProcess(`http://127.0.0.1:${port}`, process);
    await provider.answers(performance.now() + START_LIMIT_MS);
    return provider;
  }

  async received(): Promise<Received> {
    const answer = await fetch(`${this.url}/received`);
    return (await answer.json()) as Received; // As bench/provider-stub.ts answers.
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private async answers(limit: number): Promise<void> {
    while (!(await this.received().catch(() => null))) {
      this.process.assertRunning(limit);
      await delay(50);
    }
  }
}
