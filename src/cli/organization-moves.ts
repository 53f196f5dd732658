import type { Client } from 'pg';
import Table from 'cli-table3';
import type { Config } from '../platform/config/config.js';
import { DatabaseConnections } from '../platform/database/database-connections.js';
import { countRows, findFaults } from '../platform/database/organization-check.js';
import { OrganizationMoveError } from '../platform/database/organization-move.js';
import { OrganizationReassignment } from '../platform/database/organization-reassignment.js';
import { OrganizationSplit } from '../platform/database/organization-split.js';
import type { MoveReport } from '../platform/database/organization-split.js';
import { alone, withOwner } from '../platform/database/owner-client.js';
import { SecretVault } from '../platform/secrets/secret-vault.js';

/** Two of these at a time would each plan what the other moves. */
const ADVISORY_LOCK = 5_150_002;
const COLUMNS = ['users', 'integrations', 'customers', 'conversations', 'messages', 'chatbots'] as const;

/** How a move is run, and who is told of it. */
export interface MoveRun {
  config: Config;
  /** Otherwise it is only shown what would be done. */
  apply: boolean;
  say: (line: string) => void;
}

type Progress = (who: string, messages: number) => void;

/** A move, to be planned or done. */
interface Work {
  plan(): Promise<MoveReport>;
  apply(onProgress: Progress): Promise<MoveReport>;
}

export function splitByAdmin(run: MoveRun): Promise<MoveReport> {
  return execute(run, (client, vault) => new OrganizationSplit(client, vault));
}

export function reassign(run: MoveRun, to: string, users: string[]): Promise<MoveReport> {
  return execute(run, (client, vault) => {
    const reassignment = new OrganizationReassignment(client, vault);
    return {
      plan: () => reassignment.plan(to, users),
      apply: (onProgress) => reassignment.apply(to, users, onProgress),
    };
  });
}

async function execute(run: MoveRun, workOn: (client: Client, vault: SecretVault) => Work): Promise<MoveReport> {
  const { ownerUrl } = new DatabaseConnections(run.config);
  const go = async (client: Client) => {
    const work = workOn(client, new SecretVault(run.config));
    return run.apply ? applyAndCheck(client, work, run) : work.plan();
  };
  const report = await alone(ownerUrl, ADVISORY_LOCK, () => withOwner(ownerUrl, 'polydesk_organizations', go));
  show(report, run);
  return report;
}

async function applyAndCheck(client: Client, work: Work, { say }: MoveRun): Promise<MoveReport> {
  const before = await countRows(client);
  const report = await work.apply((who, messages) => say(`${who}: ${messages} messages moved`));
  const faults = await findFaults(client, before);
  if (faults.length > 0) throw new OrganizationMoveError(`Restore the backup, and report this: ${faults.join('; ')}`);
  return report;
}

function show({ moved, unplaced }: MoveReport, { apply, say }: MoveRun): void {
  const table = new Table({ head: ['User', 'Organization', ...COLUMNS], style: { head: [], border: [] } });
  for (const { who, organization, counts } of moved)
    table.push([who, organization.name, ...COLUMNS.map((column) => counts[column])]);
  say(moved.length > 0 ? table.toString() : 'There is nobody to move.');
  if (unplaced.length > 0) say('These stay where they are:');
  for (const { kind, id, label, reason } of unplaced) say(`  ${kind.padEnd(12)} ${id}  ${label}: ${reason}`);
  say(
    apply
      ? 'Done: nothing is unowned, nothing points elsewhere, no row is missing.'
      : 'Nothing was changed: --apply does it.',
  );
}
