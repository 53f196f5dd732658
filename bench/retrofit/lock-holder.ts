import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const TABLES = ['messages', 'conversations', 'customers', 'users'];
const HELD_MS = 250;
const FREE_MS = 750;

/** A session of somebody's that now and then has a transaction open for a while, and so a lock that changes of the schema wait for. */
export class LockHolder {
  private isStopped = false;
  private done: Promise<void> = Promise.resolve();

  static async start(url: string): Promise<LockHolder> {
    const client = new pg.Client({ connectionString: url, application_name: 'slow report' });
    await client.connect();
    const holder = new LockHolder();
    holder.done = holder.hold(client).finally(() => client.end());
    return holder;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
  }

  private async hold(client: pg.Client): Promise<void> {
    while (!this.isStopped) {
      await client.query('BEGIN');
      // ROW EXCLUSIVE, as whoever writes has it; no row is locked.
      for (const table of TABLES) await client.query(`UPDATE ${table} SET id = id WHERE id = -1`);
      await sleep(HELD_MS);
      await client.query('COMMIT');
      await sleep(FREE_MS);
    }
  }
}
