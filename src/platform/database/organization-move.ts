import type pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { chooseRows, countChosen, listLeft } from './organization-move-plan.js';
import type { Move, MoveCounts, Unplaced } from './organization-move-plan.js';
import { resealTokens, writeTokens } from './organization-tokens.js';
import type { IntegrationTokens, Reseal } from './organization-tokens.js';
import { RowMover } from './row-mover.js';

export interface MoveResult {
  counts: MoveCounts;
  unplaced: Unplaced[];
}

export interface MoveOptions {
  /** What the audit log says was done. */
  action: 'organization.split' | 'organization.reassigned';
  /** Whether API keys go with the user who made them. */
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
  constructor(
    private readonly client: pg.Client,
    private readonly reseal: Reseal,
    private readonly move: Move,
    private readonly options: MoveOptions,
  ) {}

  /** What would go, and what would stay. Changes nothing. */
  async plan(): Promise<MoveResult> {
    const { refused } = await resealTokens(this.client, this.reseal, this.move);
    return this.choose(refused);
  }

  /** Throws {@link OrganizationMoveError} where not exactly what was planned was written and removed. */
  async apply(onProgress: (messages: number) => void): Promise<MoveResult> {
    const { resealed, refused } = await resealTokens(this.client, this.reseal, this.move);
    const result = await this.choose(refused);
    const rows = await RowMover.create(this.client, this.move);
    await this.writeAnew(rows, resealed, onProgress);
    await this.moveAccess(rows);
    await this.removeOld(rows);
    this.assertEven(rows.moved, result.counts);
    await this.record(result.counts);
    return result;
  }

  private async choose(unsealable: Map<string, string>): Promise<MoveResult> {
    await chooseRows(this.client, this.move, unsealable);
    const counts = await countChosen(this.client, this.move);
    return { counts, unplaced: await listLeft(this.client, this.move, unsealable) };
  }

  private async writeAnew(
    rows: RowMover,
    tokens: IntegrationTokens[],
    onProgress: (messages: number) => void,
  ): Promise<void> {
    await rows.copy('users');
    await rows.copy('chatbots');
    await rows.copy('integrations', { chatbot_id: 'chatbots' });
    await writeTokens(this.client, this.move.to, tokens);
    await rows.copy('customers');
    await rows.copy('conversations', {
      customer_id: 'customers',
      integration_id: 'integrations',
      chatbot_id: 'chatbots',
      assignee_id: 'users',
    });
    await rows.carry('messages', 'conversation_id', 'conversations', onProgress);
    await rows.carry('channel_events', 'integration_id', 'integrations');
    await rows.relinkPages();
  }

  /**
   * Routes follow their page. Sessions end: a token names the organization it was given in. A key that an admin made goes into
   * the admin's own new organization, as it reads nothing there that it could not read before; it never follows into an
   * organization that has data of its own, nor where it may manage organizations. Open invitations of those who go are withdrawn
   * with it, since their text names the old organization and would let a colleague in there. Audit entries stay: they tell what
   * was done in the organization that they were written in, to those who answer for it.
   */
  private async moveAccess(rows: RowMover): Promise<void> {
    await rows.reroute('channel_routes', 'integration_id', 'integrations');
    await rows.removeOf('refresh_tokens', 'user_id', 'users');
    if (this.options.takesKeys) await rows.moveKeys();
  }

  private async removeOld(rows: RowMover): Promise<void> {
    await rows.remove('conversations');
    await rows.remove('customers');
    await rows.unlink('conversations', 'integration_id', 'integrations');
    await rows.unlink('conversations', 'chatbot_id', 'chatbots');
    await rows.unlink('conversations', 'assignee_id', 'users');
    await rows.unlink('integrations', 'chatbot_id', 'chatbots');
    for (const table of ['integrations', 'chatbots', 'users']) await rows.remove(table);
  }

  private assertEven(moved: ReadonlyMap<string, number>, counts: MoveCounts): void {
    const uneven = Object.entries(counts).find(([table, count]) => (moved.get(table) ?? 0) !== count);
    if (uneven)
      throw new OrganizationMoveError(
        `${uneven[1]} ${uneven[0]} were to move and ${moved.get(uneven[0]) ?? 0} did: nothing was changed, run it again`,
      );
  }

  private async record(counts: MoveCounts): Promise<void> {
    const { from, to } = this.move;
    const changes = { organization: { from, to }, moved: { from: null, to: counts } };
    for (const orgId of [from, to])
      await this.client.query(
        `INSERT INTO audit_entries (org_id, id, actor_type, actor_name, action, target_type, target_id, changes)
         VALUES ($1, $2, 'system', 'command line', $3, 'organization', $4, $5)`,
        [orgId, uuidv7(), this.options.action, to, changes],
      );
  }
}
