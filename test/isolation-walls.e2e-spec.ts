import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import ts from 'typescript';
import { permissionsIn, permissionsOf } from '../src/platform/context/permissions.js';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import { dropReferences, tenantTables } from './support/catalogue.js';
import { attacksOn } from './support/isolation-attacks.js';
import type { Attack } from './support/isolation-attacks.js';
import { mightiestCallers } from './support/isolation-callers.js';
import type { Caller } from './support/isolation-callers.js';
import { crossingReferences, foreignRowsSeen, references } from './support/isolation-database.js';
import { documentedOperations } from './support/isolation-document.js';
import type { Operation } from './support/isolation-document.js';
import { FACEBOOK_PAGE, PAGE_TOKEN, WHATSAPP_NUMBER } from './support/isolation-examples.js';
import { checksums, stock, tracesOf } from './support/isolation-holdings.js';
import type { Holdings } from './support/isolation-holdings.js';
import { IsolationProbe } from './support/isolation-probe.js';
import { Demolition, setRowLevelSecurity } from './support/isolation-walls.js';
import { Desk } from './support/providers.js';
import { ORGANIZATION_COLUMNS } from './support/sql/statement-recorder.js';
import { faultsOf } from './support/sql/statement-rules.js';
import { World } from './support/world.js';

/** What an attack may have connected. */
const OF_THE_DESK = [FACEBOOK_PAGE, WHATSAPP_NUMBER.oaId];

describe('The isolation suite, with walls taken away', () => {
  let desk: Desk;
  let world: World;
  let operations: Operation[];
  let serving: pg.Client;
  const demolition = new Demolition();
  beforeAll(async () => {
    desk = await Desk.start();
    desk.facebookPage({ oaId: FACEBOOK_PAGE });
    desk.number({ ...WHATSAPP_NUMBER, token: PAGE_TOKEN });
    world = await World.start(desk.settings);
    operations = (await documentedOperations(world.anonymous)).filter(
      ({ needs }) => needs.length > 0 && !needs.every((need) => need.startsWith('organizations:')),
    );
    serving = new pg.Client(new DatabaseConnections(world.config).options('polydesk_app', 1));
    await serving.connect();
  });
  afterAll(async () => {
    demolition.end();
    await serving.end();
    await world.stop();
    await desk.stop();
  });

  interface Outcome {
    findings: string[];
    attacks: Attack[];
    isChanged: boolean;
  }

  /** The suite's attacks with ids between two new organizations, which were made while the walls stood. */
  async function attack(down: Parameters<Demolition['without']>[0], callers = mightiestCallers): Promise<Outcome> {
    await world.database.rows('DELETE FROM channel_routes WHERE external_id = ANY ($1)', [OF_THE_DESK]); // Free again.
    const [acme, rival] = [await stocked(), await stocked()];
    const { attacks: every } = await attacksOn(operations, acme, rival);
    const tried = every.filter(({ aim, operation: { method } }) => aim !== 'word' || method === 'GET');
    const attacks = [...tried.filter((one) => !takesAway(one)), ...tried.filter(takesAway)];
    const who = (await callers(world, rival)).filter(({ name }) => name !== 'nobody');
    const before = await checksums(world.database, acme.organization.id);
    const probe = new IsolationProbe(world, acme, await tracesOf(world, acme));
    const findings = await demolition.without(down, () => probe.run(attacks, who));
    const after = await checksums(world.database, acme.organization.id);
    return { findings, attacks, isChanged: JSON.stringify(after) !== JSON.stringify(before) };
  }

  const agentAndKey = async (_: World, { organization }: Holdings): Promise<Caller[]> => {
    const [agent, key] = [await organization.as('agent'), await organization.withKey(['chatbots:read'])];
    return [
      { name: 'an agent', headers: agent.headers, permissions: permissionsOf('agent') },
      { name: 'a key', headers: key.headers, permissions: permissionsIn(['chatbots:read']) },
    ];
  };

  /** What is gone once it succeeded can show nothing any more. */
  const takesAway = ({ operation }: Attack) => operation.method === 'DELETE';

  function stocked(): Promise<Holdings> {
    const lists = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'));
    return stock(
      world,
      lists.map(({ path }) => path),
    );
  }

  const unscathed = { findings: [], isChanged: false };
  const harmless = ({ findings, isChanged }: Outcome) => ({ findings, isChanged });
  it('takes them away by what no build contains', async () => {
    const { config } = ts.readConfigFile('tsconfig.build.json', (path) => ts.sys.readFile(path));
    const { fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
    expect(fileNames.length).toBeGreaterThan(100);
    for (const name of fileNames) {
      expect(relative(process.cwd(), name)).toMatch(/^(src|prisma)\//);
      expect(await readFile(name, 'utf8')).not.toMatch(/from '[^']*\/test\//);
    }
  });

  it('finds a guard that believes a header', async () => {
    const { findings, isChanged } = await attack(['guard']);
    expect(findings).toContainEqual(
      expect.stringMatching(/^GET \/conversations\/\{id\} path id: 200 for what is theirs/),
    );
    expect(findings).toContainEqual(expect.stringMatching(/^GET \/users headers: answered with/));
    expect(isChanged).toBe(true);
  }, 120_000);

  it('finds a guard that asks for no permission', async () => {
    const { findings, attacks } = await attack(['permissions'], agentAndKey);
    const unheeded = findings.filter((finding) => finding.includes('without the permission'));
    for (const { operation } of attacks)
      if (!operation.needs.some((need) => need.startsWith('organization')))
        expect(unheeded).toContainEqual(expect.stringContaining(`${operation.name} `));
  }, 120_000);

  it('finds row-level security gone, although the repositories still hold', async () => {
    const tables = await tenantTables(world.database);
    const { organization } = await stocked();
    expect(await foreignRowsSeen(serving, tables, organization.id)).toEqual([]);
    await setRowLevelSecurity(world.database, 'DISABLE');
    try {
      expect(await foreignRowsSeen(serving, tables, organization.id)).toContain('messages');
      expect(harmless(await attack([]))).toEqual(unscathed);
    } finally {
      await setRowLevelSecurity(world.database, 'ENABLE');
    }
  }, 120_000);

  it('sees row-level security hold, where the repositories forget whose rows they want, and finds that in their statements', async () => {
    expect(harmless(await attack(['repositories']))).toEqual(unscathed);
    const spread = new RegExp(`\\b(${[...ORGANIZATION_COLUMNS.keys()].join('|')})\\b`);
    const sent = [...demolition.weakened].filter((text) => spread.test(text)); // Directories are found before that is known.
    expect(sent.length).toBeGreaterThan(20);
    expect(sent.filter((text) => faultsOf(text, ORGANIZATION_COLUMNS).length === 0)).toEqual([]);
  }, 120_000);

  it('finds repositories that forget whose rows they want, where nothing else holds; and keys, once they are gone', async () => {
    const [acme, rival] = [await stocked(), await stocked()];
    await world.database.rows(
      `INSERT INTO channel_events (org_id, id, integration_id, dedupe_key, kind, payload)
       VALUES ($1, gen_random_uuid(), $2, 'x', 'x', '{}')`,
      [rival.organization.id, rival.rows['integrations']],
    );
    await world.database.rows(
      `INSERT INTO customer_names (org_id, id, platform, external_id, customer_id)
       VALUES ($1, gen_random_uuid(), 'x', 'x', $2)`,
      [rival.organization.id, rival.rows['customers']],
    );
    const every = await references(world.database);
    const crossing = () => crossingReferences(world.database, every, rival.organization.id, acme.organization.id);
    expect(every.length).toBeGreaterThan(7);
    expect(await crossing()).toEqual([]);
    await dropReferences(world.database);
    expect(await crossing()).toEqual(every.map(({ table, column }) => `${table}.${column}`));
    await setRowLevelSecurity(world.database, 'DISABLE');
    expect(harmless(await attack([]))).toEqual(unscathed);
    const { findings, attacks, isChanged } = await attack(['repositories']);
    const rows = attacks.filter(({ aim, operation }) => aim === 'row' && !operation.path.startsWith('/organizations'));
    const found = (name: string) => findings.some((finding) => finding.startsWith(`${name} path id`));
    expect(rows.map(({ operation }) => operation.name).filter((name) => !found(name))).toEqual([]);
    expect(isChanged).toBe(true);
  }, 120_000);
});
