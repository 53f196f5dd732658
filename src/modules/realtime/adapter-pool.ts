import pg from 'pg';
import { logger } from '../../platform/logging/logger.js';

const PUBLISHING = 2;
/** How long a statement may take. What waits longer is lost for other nodes, whose clients catch up. */
const ANSWER_TIMEOUT_MS = 5_000;
/** How often the listening connection is asked whether it is still there: a line that went dead says nothing by itself. */
const PULSE_MS = 5_000;

/**
 * The connections of Socket.IO's Postgres adapter: a few that publish, and one of its own that listens. The adapter asks for
 * that one with `connect()`, and never gives it back once it has broken, nor hears of its errors: here it belongs to no pool,
 * there is one at a time, and an error only ends it, after which the adapter asks for another.
 */
export class AdapterPool extends pg.Pool {
  private listening: pg.PoolClient | null = null;
  private pulse: NodeJS.Timeout | undefined;
  private isClosing = false;
  private hasListened = false;

  /** `onGap`: it listens again after it did not for a while. */
  constructor(
    private readonly clientOptions: pg.PoolConfig,
    private readonly onGap: () => void,
  ) {
    super({ ...clientOptions, max: PUBLISHING, query_timeout: ANSWER_TIMEOUT_MS });
    this.on('error', (error) => logger.warn({ err: error }, 'An idle connection of the sockets was lost'));
    this.on('connect', (client) => client.on('error', () => undefined)); // The statement under way rejects with it.
  }

  /** Without a callback it is the adapter, which wants to listen. */
  override connect(): Promise<pg.PoolClient>;
  override connect(
    callback: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): void;
  override connect(
    callback?: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): Promise<pg.PoolClient> | void {
    if (callback) return super.connect(callback);
    return this.listen();
  }

  /** Once what was published before is on its way. Also ends what the adapter has not let go of. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.stopListening();
    await this.query('SELECT 1').catch(() => undefined); // A pool that ends forgets whoever waits for a connection.
    await this.end();
  }

  /** Refused, the adapter would ask again for ever: once closed it hears nothing any more. */
  private async listen(): Promise<pg.PoolClient> {
    if (this.isClosing) return new Promise(() => undefined);
    this.stopListening();
    const client = listener({ ...this.clientOptions, query_timeout: ANSWER_TIMEOUT_MS });
    this.listening = client;
    await client.connect();
    if (this.isClosing) this.stopListening();
    setImmediate(() => this.afterListen(client));
    this.pulse = setInterval(() => this.feel(client), PULSE_MS);
    return client;
  }

  /** Behind the adapter's LISTEN, which it sends as soon as it has the connection. */
  private afterListen(client: pg.PoolClient): void {
    const told = () => {
      if (this.hasListened) this.onGap();
      this.hasListened = true;
    };
    client.query('SELECT 1').then(told, () => undefined);
  }

  private feel(client: pg.PoolClient): void {
    client.query('SELECT 1').catch(() => void client.end().catch(() => undefined));
  }

  /** Without telling the adapter, which would ask for one more. */
  private stopListening(): void {
    clearInterval(this.pulse);
    this.listening?.removeAllListeners('end');
    this.listening?.end().catch(() => undefined);
    this.listening = null;
  }
}

function listener(options: pg.ClientConfig): pg.PoolClient {
  const client = new pg.Client(options);
  client.on('error', () => undefined); // It ends, which the adapter hears.
  return Object.assign(client, { release: () => void client.end().catch(() => undefined) });
}
