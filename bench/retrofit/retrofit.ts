/** What it costs to bring organizations to a database in use; see docs/retrofit-benchmark.md. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { progress } from '../progress.js';
import type { Report } from '../report.js';
import { fillInbox, inboxOf, PLAN } from './inbox.js';
import type { InboxSize } from './inbox.js';
import { live, livePlainUpdate } from './live.js';
import { HELP, readOptions } from './options.js';
import type { Options } from './options.js';
import { reportLive, reportLocks, reportThroughput } from './report.js';
import type { Rate } from './report.js';
import { perRowLoop, plainUpdate, prepareByHand } from './rivals.js';
import { smokeFaults } from './smoke.js';
import { throughputOf } from './throughput.js';
import { Throwaway } from './throwaway.js';
import { Tool } from './tool.js';

const FILLED = 'inbox';

/** A run: its Postgres, and databases that all begin as copies of one. */
class RetrofitBench {
  private readonly size: InboxSize;
  private readonly undisturbedMs: number;

  private constructor(
    private readonly options: Options,
    private readonly postgres: Throwaway,
    private readonly planFile: string,
  ) {
    this.size = inboxOf(options.messages);
    this.undisturbedMs = options.undisturbedSeconds * 1000;
  }

  static async run(options: Options): Promise<Report[]> {
    const directory = await mkdtemp(join(tmpdir(), 'polydesk-retrofit-plan-'));
    const planFile = join(directory, 'retrofit.yaml');
    await writeFile(planFile, PLAN);
    const postgres = await Throwaway.start();
    try {
      return await new RetrofitBench(options, postgres, planFile).reports();
    } finally {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    }
  }

  private async reports(): Promise<Report[]> {
    progress(`Filling the inbox: ${this.options.messages} messages`);
    await fillInbox(await this.postgres.database(FILLED), this.size);
    // First, so that the server has the WAL files of one that is in use when the load comes: making one stops all who commit.
    const undisturbed: Rate[] = [
      ...(await this.undisturbedRates()),
      { how: 'a row at a time', times: [await this.loop()] },
    ];
    const seen = await this.copy('live', (url) =>
      live(url, new Tool(url, this.planFile), this.size, this.undisturbedMs),
    );
    const said = [reportLive(seen), reportLocks(seen.waits)];
    for (const { table } of said) console.log(`\n${table}`);
    const plainLive = await this.plainBesideLoad();
    const rates: Rate[] = [
      { how: 'the tool, beside the load', times: [seen.backfill.wall], busy: [seen.backfill.busy] },
      { how: 'one UPDATE, beside the load', times: [plainLive.rowsPerSecond], writes: plainLive.writes },
      ...undisturbed,
    ];
    const throughput = reportThroughput(rates);
    console.log(`\n${throughput.table}\n`);
    return this.options.smoke ? [smokeFaults(seen)] : [...said, throughput];
  }

  private plainBesideLoad() {
    return this.copy('plain', async (url) => {
      progress('One UPDATE beside the load');
      await prepareByHand(url);
      return livePlainUpdate(url, this.size, this.undisturbedMs);
    });
  }

  /** In turn, so that what else the machine does falls on both. */
  private async undisturbedRates(): Promise<Rate[]> {
    const tool = { how: 'the tool', times: [] as number[], busy: [] as number[] };
    const plain = { how: 'one UPDATE', times: [] as number[] };
    for (let round = 1; round <= this.options.rounds; round++) {
      progress(`The tool and one UPDATE without load, round ${round}`);
      const { wall, busy } = await this.copy('tool', (url) => this.backfillOnly(url));
      tool.times.push(wall);
      tool.busy.push(busy);
      plain.times.push(await this.copy('plain', async (url) => (await prepareByHand(url), plainUpdate(url))));
    }
    return [tool, plain];
  }

  private async backfillOnly(url: string) {
    return throughputOf(url, await new Tool(url, this.planFile).phases('expand', 'backfill'));
  }

  private loop(): Promise<number> {
    return this.copy('loop', async (url) => {
      progress('A row at a time');
      await prepareByHand(url);
      return perRowLoop(url, this.options.loopRows);
    });
  }

  private async copy<T>(name: string, work: (url: string) => Promise<T>): Promise<T> {
    try {
      return await work(await this.postgres.database(name, FILLED));
    } finally {
      await this.postgres.drop(name);
    }
  }
}

if (process.argv.includes('--help')) {
  console.log(HELP);
} else {
  const options = readOptions(process.argv.slice(2));
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${process.platform} ${release()}`;
  console.log(`Node ${process.version}, ${machine}, load before: ${loadavg()[0]?.toFixed(1)}`);
  const missed = (await RetrofitBench.run(options)).flatMap((report) => report.missed);
  for (const sentence of missed) console.log(`\nMissed: ${sentence}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}
