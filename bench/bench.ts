/** What requests and jobs cost, ours beside bare ones and a typical server; see docs/benchmark.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { burst } from './burst.js';
import { compare, LISTS } from './costs.js';
import type { LoadOptions, Subject } from './costs.js';
import { BenchPostgres } from './database.js';
import { OPERATIONS } from './operations.js';
import { HELP, readOptions } from './options.js';
import type { Options, Part } from './options.js';
import { connectPages } from './pages.js';
import { postmasterPid } from './processor-time.js';
import { QueueBench } from './queue.js';
import { reportBurst, reportCosts, reportGrowth, reportQueue } from './report.js';
import type { Report } from './report.js';
import { places } from './scene.js';
import type { SeedSize } from './seed.js';
import { SERVERS, ServerProcess } from './server-process.js';
import type { ServerName } from './server-process.js';
import { smoke } from './smoke.js';

const SMALL: SeedSize = { organizations: 10, messages: 10_000 };
const LARGE: SeedSize = { organizations: 2_000, messages: 2_000_000 };

/** Of as many organizations as agents go through the lists. */
const PAGES_SIZE: SeedSize = { organizations: 50, messages: 10_000 };
const PAGES = 200;
const SMOKE = { events: 100, jobs: 20, rounds: 1 };

/** A run: its Postgres, the processes that it started, and their logs. */
class Bench {
  private servers: ServerProcess[] = [];

  private constructor(
    private readonly options: Options,
    private readonly postgres: BenchPostgres,
    private readonly logs: string,
  ) {}

  static async run(options: Options): Promise<Report[]> {
    const logs = await mkdtemp(join(tmpdir(), 'polydesk-bench-logs-'));
    const bench = new Bench(options, await BenchPostgres.open(options.databaseUrl), logs);
    try {
      const reports = await bench.reports();
      await rm(logs, { recursive: true });
      return reports;
    } catch (error) {
      console.error(`What the servers wrote is in ${logs}`);
      throw error;
    } finally {
      await bench.postgres.stop();
    }
  }

  private async reports(): Promise<Report[]> {
    const { smoke: isSmoke, parts } = this.options;
    if (isSmoke) return [await this.alone(() => this.smoke())];
    const reports: Report[] = [];
    for (const part of parts) reports.push(await this.alone(() => this.measure(part)));
    return reports;
  }

  /** Servers that are not measured any more would hold connections that the others need. */
  private async alone(part: () => Promise<Report>): Promise<Report> {
    try {
      const report = await part();
      console.log(`\n${report.table}\n`);
      return report;
    } finally {
      await Promise.all(this.servers.map((server) => server.stop()));
      this.servers = [];
    }
  }

  private measure(part: Part): Promise<Report> {
    switch (part) {
      case 'costs':
        return this.costs();
      case 'burst':
        return this.burst(this.options);
      case 'queue':
        return this.queue(this.options);
      case 'growth':
        return this.growth();
    }
  }

  private async smoke(): Promise<Report> {
    const url = await this.postgres.seeded('polydesk_bench', SMALL);
    await smoke(await this.startAll(url), await places(url), url);
    const { missed } = await this.burst({ ...this.options, ...SMOKE });
    await this.queue({ ...this.options, ...SMOKE });
    return { table: 'All three servers answer alike. All of the burst is kept, all of the queue is sent.', missed };
  }

  private async costs(): Promise<Report> {
    const url = await this.postgres.seeded('polydesk_bench', this.options.size);
    const asked = await places(url);
    const subjects = (await this.startAll(url)).map((server) => ({ server, places: asked }));
    return reportCosts(await compare(subjects, OPERATIONS, this.options.rounds, await this.load(url)));
  }

  private async burst({ events, connections, rounds }: Pick<Options, 'events' | 'connections' | 'rounds'>) {
    const ownerUrl = await this.postgres.seeded('polydesk_bench_burst', PAGES_SIZE);
    const [server, pages] = [await this.start('ours', ownerUrl), await connectPages(ownerUrl, PAGES)];
    const postmaster = await postmasterPid(ownerUrl);
    const { samples, faults } = await burst({ ownerUrl, server, pages, events, connections, rounds, postmaster });
    return reportBurst(events, samples, faults);
  }

  private async queue({ jobs, rounds }: Pick<Options, 'jobs' | 'rounds'>): Promise<Report> {
    const ownerUrl = await this.postgres.seeded('polydesk_bench_queue', PAGES_SIZE);
    const pages = await connectPages(ownerUrl, PAGES);
    const logFile = (name: string) => join(this.logs, `${name}.log`);
    const postmaster = await postmasterPid(ownerUrl);
    return reportQueue(await QueueBench.run({ ownerUrl, pages, jobs, rounds, postmaster, logFile }));
  }

  private async growth(): Promise<Report> {
    const few = await this.postgres.seeded('polydesk_bench_few', SMALL);
    const many = await this.postgres.seeded('polydesk_bench_many', LARGE);
    const subjects = [await this.subject('ours', few), await this.subject('ours', many)];
    return reportGrowth(await compare(subjects, LISTS, this.options.rounds, await this.load(few)));
  }

  private async startAll(url: string): Promise<ServerProcess[]> {
    return Promise.all(SERVERS.map((name) => this.start(name, url)));
  }

  private async start(name: ServerName, url: string): Promise<ServerProcess> {
    const server = await ServerProcess.start(name, url, join(this.logs, `${name}-${this.servers.length}.log`));
    this.servers.push(server);
    return server;
  }

  private async subject(name: ServerName, url: string): Promise<Subject> {
    return { server: await this.start(name, url), places: await places(url) };
  }

  private async load(url: string): Promise<LoadOptions> {
    const { requests, connections } = this.options;
    return { requests, connections, postmaster: await postmasterPid(url) };
  }
}

if (process.argv.includes('--help')) {
  console.log(HELP);
} else {
  const options = readOptions(process.argv.slice(2));
  console.log(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${process.platform} ${release()}`,
  );
  const reports = await Bench.run(options);
  const missed = reports.flatMap((report) => report.missed);
  for (const sentence of missed) console.log(`\nMissed: ${sentence}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}
