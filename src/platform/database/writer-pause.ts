import type pg from 'pg';
import { TENANT_TABLES } from './tenant-models.js';

/**
 * Lets everybody read and nobody write organizations' rows until the transaction ends: a message that came to a conversation on
 * its way would be lost. What comes from a provider meanwhile waits, or is answered 503 and comes again.
 */
export async function pausingWriters(client: pg.Client): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = '30s'; SET LOCAL statement_timeout = 0`);
  await client.query(`LOCK TABLE ${TENANT_TABLES.join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
}
