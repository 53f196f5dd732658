import type pg from 'pg';
import type { SecretVault } from '../secrets/secret-vault.js';
import { chooseRows } from './organization-move-choices.js';
import { countChosen, listLeft } from './organization-move-plan.js';
import type { Move, MoveCounts, Unplaced } from './organization-move-plan.js';
import {
  endAuthorizations,
  endKeysOfChatbots,
  moveJobs,
  moveKeys,
  moveNames,
  partParticipants,
  recordMove,
  relinkPages,
} from './organization-move-steps.js';
import { OrganizationSecrets } from './organization-secrets.js';
import type { ResealedRow } from './organization-secrets.js';
import { RowMover } from './row-mover.js';

export interface MoveResult {
  counts: MoveCounts;
  unplaced: Unplaced[];
}

export interface MoveOptions {
  /** What the audit log says was done. */
  action: 'organization.split' | 'organization.reassigned';
  /** Whether API keys and webhook endpoints go with the user who made them: both let partners in. */
  takesKeys: boolean;
}

/** Counts did not come out even: nothing was moved. */
export class OrganizationMoveError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OrganizationMoveError';
  }
}

/**
 * Moves users and what is theirs from one organization to another, inside a transaction of the caller's. Keys begin with the
 * organization and a shard is chosen by it, so a row never changes its organization: it is written anew there and removed here.
 */
export class OrganizationMove {
  private readonly secrets: OrganizationSecrets;

  constructor(
    private readonly client: pg.Client,
    vault: SecretVault,
    private readonly move: Move,
    private readonly options: MoveOptions,
  ) {
    this.secrets = new OrganizationSecrets(client, vault, move);
  }

  /** What would go, and what would stay. Changes nothing. */
  async plan(): Promise<MoveResult> {
    const { refused } = await this.secrets.reseal();
    return this.choose(refused);
  }

  /** Throws {@link OrganizationMoveError} where not exactly what was planned was written and removed. */
  async apply(onProgress: (messages: number) => void): Promise<MoveResult> {
    const { resealed, refused } = await this.secrets.reseal();
    const result = await this.choose(refused);
    const rows = await RowMover.create(this.client, this.move);
    await this.writeOwned(rows, resealed);
    await this.writeInbox(rows, onProgress);
    await this.moveAccess(rows);
    await moveJobs(rows);
    await this.removeOld(rows);
    this.assertEven(rows.moved, result.counts);
    await recordMove(rows, this.move, this.options.action, result.counts);
    return result;
  }

  private async choose(unsealable: Map<string, string>): Promise<MoveResult> {
    const limits = { unsealable, takesEndpoints: this.options.takesKeys };
    await chooseRows(this.client, this.move, limits);
    const counts = await countChosen(this.client, this.move);
    return { counts, unplaced: await listLeft(this.client, this.move, limits) };
  }

  private async writeOwned(rows: RowMover, secrets: ResealedRow[]): Promise<void> {
    for (const table of ['users', 'chatbots', 'webhook_endpoints', 'quick_replies']) await rows.copy(table);
    await rows.copy('integrations', { chatbot_id: 'chatbots', webhook_endpoint_id: 'webhook_endpoints' });
    await this.secrets.write(secrets);
    await rows.carry('channel_events', 'integration_id', 'integrations');
    await rows.carry('webhook_deliveries', 'endpoint_id', 'webhook_endpoints');
  }

  private async writeInbox(rows: RowMover, onProgress: (messages: number) => void): Promise<void> {
    await rows.copy('customers');
    await moveNames(rows);
    await rows.copy('conversations', {
      customer_id: 'customers',
      integration_id: 'integrations',
      chatbot_id: 'chatbots',
      assignee_id: 'users',
    });
    const along = { table: 'media_files', column: 'message_id' };
    await rows.carry('messages', 'conversation_id', 'conversations', { along, onProgress });
    await rows.copy('labels');
    await rows.carry('conversation_labels', 'conversation_id', 'conversations', { links: { label_id: 'labels' } });
    await rows.carry('timeline_entries', 'conversation_id', 'conversations');
    await partParticipants(rows);
    await rows.carry('conversation_participants', 'conversation_id', 'conversations');
    await relinkPages(rows);
  }

  /**
   * Routes follow their page. Sessions end: a token names the organization it was given in. A key that an admin made goes into
   * the admin's own new organization, as it reads nothing there that it could not read before; it never follows into an
   * organization that has data of its own, nor where it may manage organizations. Open invitations of those who go are withdrawn
   * with it, since their text names the old organization and would let a colleague in there. Audit entries stay: they tell what
   * was done in the organization that they were written in, to those who answer for it. What somebody has begun at a provider's
   * ends, as sessions do.
   */
  private async moveAccess(rows: RowMover): Promise<void> {
    await rows.reroute('channel_routes', 'integration_id', 'integrations');
    await rows.removeOf('refresh_tokens', 'user_id', 'users');
    await endAuthorizations(rows);
    if (this.options.takesKeys) await moveKeys(rows);
    await endKeysOfChatbots(rows);
  }

  private async removeOld(rows: RowMover): Promise<void> {
    await rows.remove('conversations');
    await rows.remove('customers');
    await rows.unlink('conversations', 'integration_id', 'integrations');
    await rows.unlink('conversations', 'chatbot_id', 'chatbots');
    await rows.unlink('conversations', 'assignee_id', 'users');
    await rows.unlink('integrations', 'chatbot_id', 'chatbots');
    await rows.unlink('integrations', 'webhook_endpoint_id', 'webhook_endpoints');
    for (const table of ['integrations', 'webhook_endpoints', 'quick_replies', 'chatbots', 'users'])
      await rows.remove(table);
  }

  private assertEven(moved: ReadonlyMap<string, number>, counts: MoveCounts): void {
    const uneven = Object.entries(counts).find(([table, count]) => (moved.get(table) ?? 0) !== count);
    if (uneven)
      throw new OrganizationMoveError(
        `${uneven[1]} ${uneven[0]} were to move and ${moved.get(uneven[0]) ?? 0} did: nothing was changed, run it again`,
      );
  }
}
