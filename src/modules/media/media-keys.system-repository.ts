import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SystemDatabase } from '../../platform/database/system-database.js';

/** The keys of all organizations' files: what is stored does not say whose it is. Nothing but the keys is read. */
@Injectable()
export class MediaKeysSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** Those of the keys whose file is still shown by its message, or has none yet. Names no organization: whose they were, the keys do not say. */
  async inUse(keys: string[]): Promise<Set<string>> {
    const { rows } = await sql<{ storageKey: string }>`
      SELECT f.storage_key FROM media_files f
      LEFT JOIN messages m ON m.org_id = f.org_id AND m.id = f.message_id
      WHERE f.storage_key = ANY (${keys}::text[])
        AND (f.message_id IS NULL OR m.attachments -> f.position ->> 'fileId' = f.id::text)`.execute(this.database.sql);
    return new Set(rows.map(({ storageKey }) => storageKey));
  }
}
