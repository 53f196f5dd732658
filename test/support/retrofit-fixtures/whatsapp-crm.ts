import { CONFLICTS, dirt, UNOWNED } from './whatsapp-crm-dirt.js';
import { rowsOf } from './whatsapp-crm-rows.js';
import type { CrmSize } from './whatsapp-crm-rows.js';
import { AFTERWARDS, TABLES } from './whatsapp-crm-tables.js';

export const CRM_SIZE: CrmSize = { organizations: 3, users: 12, customers: 120, messagesEach: 8 };

/**
 * A WhatsApp CRM as a script: 31 tables, of which 3 know their organization and 21 are to learn it; 6 are everybody's.
 * @param options `dirty: false` leaves out the rows that {@link UNOWNED} and {@link CONFLICTS} count
 */
export function whatsappCrm({ dirty = true, ...size }: Partial<CrmSize> & { dirty?: boolean } = {}): string {
  const all = { ...CRM_SIZE, ...size };
  return [TABLES, rowsOf(all), dirty ? dirt(all.organizations) : '', AFTERWARDS, 'ANALYZE;'].join('\n');
}

interface Way {
  copy: string | string[];
  on?: string;
  nullable?: true;
}

/** The 21 derivations of the migration summary, and the way that its words leave open where there is a second one. */
const DERIVATIONS: Record<string, Way | { nullable: true }> = {
  messages: { copy: 'customers' },
  campaigns: { copy: ['{ from: users, on: created_by = id }', '{ from: users, on: approved_by = id }'] },
  jobs: { copy: 'campaigns' },
  job_status: { copy: ['customers', 'jobs'] },
  orders: { copy: 'customers' },
  order_items: { copy: 'orders' },
  payments: { copy: 'orders' },
  payment_transactions: { copy: 'orders' },
  referrer_tracking: { copy: 'customers' },
  customer_addresses: { copy: 'customers' },
  address_collection_sessions: { copy: 'customers' },
  templates: { nullable: true },
  campaign_recipients: { copy: ['campaigns', 'customers'] },
  quick_replies: { copy: 'users', on: 'created_by = id' },
  leads: { copy: 'customers' },
  zoho_mappings: { nullable: true },
  flow_logs: { copy: 'customers', on: 'wa_id = wa_id' },
  campaign_logs: { copy: 'campaigns' },
  whatsapp_api_logs: { copy: ['campaigns', 'jobs'], nullable: true },
  zoho_payload_logs: { copy: 'customers', on: 'wa_id = wa_id' },
  number_flow_configs: { copy: 'whatsapp_numbers', on: 'phone_number_id = phone_number_id', nullable: true },
};

export const EXISTING = ['users', 'customers', 'whatsapp_numbers'];
export const DERIVED = Object.keys(DERIVATIONS);
export const SHARED = ['roles', 'categories', 'sub_categories', 'products', 'costs', 'files', 'audit.changes'];

/** Tables whose rows nothing leads from: all of them are without an owner, and stay so. */
export const LEFT_TO_A_PERSON = ['templates', 'zoho_mappings'];

/**
 * The plan file.
 * @param options `dirty: true`, the default: rows without an owner stay without. With `false` it says nothing of them: for clean
 *   rows, where every column becomes NOT NULL but those of the four nullable tables
 */
export function whatsappCrmPlan({ dirty = true } = {}): string {
  const tables = [
    ...EXISTING.map((name) => `  ${name}: { existing: true${dirty && name in UNOWNED ? ', nullable: true' : ''} }`),
    ...Object.entries(DERIVATIONS).map(([name, way]) => `  ${name}: { ${entriesOf(name, way, dirty).join(', ')} }`),
    ...SHARED.map((name) => `  ${name}: { shared: true }`),
  ];
  return `version: 1
organization: { table: organizations, id: id, column: organization_id }
source: { existing: true }
tables:
${tables.join('\n')}
`;
}

function entriesOf(name: string, way: Way | { nullable: true }, dirty: boolean): string[] {
  const entries: string[] = [];
  if ('copy' in way) entries.push(`copy: ${Array.isArray(way.copy) ? `[${way.copy.join(', ')}]` : way.copy}`);
  if ('on' in way) entries.push(`on: ${way.on}`);
  if (way.nullable) entries.push('nullable: true');
  if (name in CONFLICTS) entries.push('conflicts: quarantine');
  if (dirty && name in UNOWNED) entries.push('unowned: leave');
  return entries;
}
