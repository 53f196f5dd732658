import { setTimeout as delay } from 'node:timers/promises';
import Table from 'cli-table3';
import { DEMO_ORGANIZATIONS, DEMO_PASSWORD } from '../../prisma/demo-data.js';
import { FAULTS } from './chaos-faults.js';
import type { Fault } from './chaos-faults.js';
import { ChaosLoad } from './chaos-load.js';
import type { Target } from './chaos-load.js';
import { ChaosSite } from './chaos-site.js';

const BEFORE_MS = 3_000;
const AFTER_MS = 3_000;
/** From the end of a fault until something is acknowledged again. */
const RECOVERY_BOUND_MS = 15_000;

interface Outcome {
  load: ChaosLoad;
  recoveryMs: number;
  lost: number;
  doubled: number;
}

/** Breaks a server under load in one way after another, and counts what became of everything that was acknowledged. */
async function main(): Promise<void> {
  const site = await ChaosSite.build();
  try {
    await site.startServer();
    const target = await targetOf(site);
    const table = new Table({
      head: ['fault', 'acknowledged', 'refused', 'unanswered', 'failed', 'recovery', 'lost', 'doubled'],
      style: { head: [], border: [] },
    });
    for (const fault of FAULTS) table.push(await row(site, target, fault));
    process.stdout.write(`${table.toString()}\n`);
  } finally {
    await site.demolish();
  }
}

async function row(site: ChaosSite, target: Target, fault: Fault): Promise<string[]> {
  if (fault.name.startsWith('disk') && !site.hasVolume)
    return [fault.name, 'not tried: only root may mount a small disk', '', '', '', '', '', ''];
  const { load, recoveryMs, lost, doubled } = await suffer(site, target, fault);
  if (lost > 0 || doubled > 0 || load.failed > 0 || recoveryMs > RECOVERY_BOUND_MS) process.exitCode = 1;
  const acknowledged = `${load.posted.length} in, ${load.sent.length} out`;
  const counts = [load.refused, load.unanswered, load.failed].map(String);
  return [fault.name, acknowledged, ...counts, `${(recoveryMs / 1_000).toFixed(1)} s`, String(lost), String(doubled)];
}

async function suffer(site: ChaosSite, target: Target, fault: Fault): Promise<Outcome> {
  process.stderr.write(`${fault.name} ...\n`);
  const load = new ChaosLoad(target);
  await delay(BEFORE_MS);
  await fault.happen(site);
  const over = Date.now();
  await delay(AFTER_MS);
  await load.finish();
  return { load, recoveryMs: load.silenceAfter(over), ...(await count(site, load)) };
}

/** Counted in the tables: what was acknowledged and is not there, what is there twice, and what was counted twice. */
async function count({ owner }: ChaosSite, { posted, sent }: ChaosLoad): Promise<{ lost: number; doubled: number }> {
  const { rows } = await owner.query<{ lost: string; doubled: string }>(
    `WITH acknowledged AS (
       SELECT (SELECT count(*) FROM messages m WHERE m.provider_message_id = said) AS times FROM unnest($1::text[]) said
       UNION ALL
       SELECT (SELECT count(*) FROM messages m WHERE m.client_message_id::text = said) FROM unnest($2::text[]) said
     ), miscounted AS (
       SELECT abs(c.unread_count - (SELECT count(*) FROM messages m WHERE m.org_id = c.org_id AND m.conversation_id = c.id
                                    AND m.direction = 'in')) AS by FROM conversations c WHERE c.id IN (
         SELECT conversation_id FROM messages WHERE provider_message_id = ANY ($1))
     )
     SELECT (SELECT count(*) FROM acknowledged WHERE times = 0) AS lost,
            (SELECT count(*) FROM acknowledged WHERE times > 1) + (SELECT coalesce(sum(by), 0) FROM miscounted) AS doubled`,
    [posted, sent],
  );
  return { lost: Number(rows[0]?.lost), doubled: Number(rows[0]?.doubled) };
}

/** The demo organizations: the pages of both are written to, and an admin of one answers. */
async function targetOf({ url, owner }: ChaosSite): Promise<Target> {
  const { rows } = await owner.query<{ page: string }>(
    `SELECT external_id AS page FROM channel_routes WHERE platform = 'facebook'`,
  );
  const authorization = await signIn(url);
  const response = await fetch(`${url}/conversations`, { headers: { authorization } });
  const { data }: { data: { id: string }[] } = JSON.parse(await response.text());
  return { url, authorization, pages: rows.map(({ page }) => page), conversations: data.map(({ id }) => id) };
}

async function signIn(url: string): Promise<string> {
  const email = DEMO_ORGANIZATIONS[0]?.users[0]?.email;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ email, password: DEMO_PASSWORD });
  const response = await fetch(`${url}/auth/login`, { method: 'POST', headers, body });
  const { tokens }: { tokens: { accessToken: string } } = JSON.parse(await response.text());
  return `Bearer ${tokens.accessToken}`;
}

await main();
