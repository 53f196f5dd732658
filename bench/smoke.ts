import { deepStrictEqual } from 'node:assert';
import type pg from 'pg';
import type { HttpRequest, Operation } from './operations.js';
import { OPERATIONS } from './operations.js';
import { asOwner } from './pages.js';
import type { Place } from './scene.js';
import type { ServerProcess } from './server-process.js';

const PLACES = 20;
/** What each server makes anew with every message. */
const OWN = new Set(['id', 'createdAt', 'updatedAt', 'providerMessageId']);

interface Answer {
  status: number;
  body: unknown;
}

/** That all servers answer alike, and leave the same behind. Throws an AssertionError that shows the first difference. */
export async function smoke(servers: ServerProcess[], places: Place[], ownerUrl: string): Promise<void> {
  for (const place of places.slice(0, PLACES)) {
    for (const operation of OPERATIONS) await compareAnswers(servers, operation, place);
    await refuseStrangers(servers, place, places);
  }
  await asOwner(ownerUrl, (owner) => compareJobs(servers, places.slice(0, PLACES), owner));
}

/** Lists are read by all servers from the same rows; a write is done once by each, and its traces are then the last messages. */
async function compareAnswers(servers: ServerProcess[], operation: Operation, place: Place): Promise<void> {
  const answers: Answer[] = [];
  for (const server of servers) answers.push(await ask(server, operation.request(place)));
  for (const [at, answer] of answers.entries()) {
    const what = `${operation.name}: ${servers[at]?.name} answers differently from ${servers[0]?.name}`;
    deepStrictEqual(
      answer.status,
      operation.status,
      `${operation.name}: ${servers[at]?.name} answers ${answer.status}`,
    );
    deepStrictEqual(
      operation.kind === 'list' ? answer : withoutOwn(answer),
      operation.kind === 'list' ? answers[0] : withoutOwn(answers[0]),
      what,
    );
  }
  if (operation.kind === 'write') await compareTraces(servers, operation, place);
}

async function compareTraces(servers: ServerProcess[], { name }: Operation, place: Place): Promise<void> {
  const [reader] = servers;
  const [, messageList] = OPERATIONS;
  if (!reader || !messageList) throw new Error('There is no server to compare');
  const { body } = await ask(reader, messageList.request(place));
  const written = dataIn(body).slice(0, servers.length);
  for (const message of written)
    deepStrictEqual(
      withoutOwn(message),
      withoutOwn(written[0]),
      `${name}: the servers leave different messages behind`,
    );
}

/** Every server on its own: a job that waits already is not added a second time. */
async function compareJobs(servers: ServerProcess[], places: Place[], owner: pg.Client): Promise<void> {
  for (const place of places)
    for (const operation of OPERATIONS) {
      const left: object[][] = [];
      for (const server of servers) left.push(await jobsAfter(() => ask(server, operation.request(place)), owner));
      for (const [at, jobs] of left.entries())
        deepStrictEqual(jobs, left[0], `${operation.name}: ${servers[at]?.name} leaves other jobs behind`);
    }
}

async function jobsAfter(work: () => Promise<Answer>, owner: pg.Client): Promise<object[]> {
  await owner.query('DELETE FROM graphile_worker._private_jobs');
  await work();
  const { rows } = await owner.query<{ task: string; key: string; payload: object }>(`
    SELECT task_identifier AS task, j.key, p.payload::jsonb
    FROM graphile_worker.jobs j JOIN graphile_worker._private_jobs p ON p.id = j.id ORDER BY task, j.key`);
  return rows;
}

/** Without a token, and with another organization's. */
async function refuseStrangers(servers: ServerProcess[], place: Place, places: Place[]): Promise<void> {
  const stranger = places.find(({ orgId }) => orgId !== place.orgId);
  const path = `/conversations/${place.conversationId}/messages`;
  const headers = { authorization: `Bearer ${stranger?.token}` };
  for (const server of servers.filter(({ name }) => name !== 'bare'))
    deepStrictEqual(
      (await ask(server, { method: 'GET', path, headers: {} })).status,
      401,
      `${server.name} lets anybody in`,
    );
  for (const server of servers)
    deepStrictEqual(
      (await ask(server, { method: 'GET', path, headers })).status,
      404,
      `${server.name} shows foreign rows`,
    );
}

async function ask(server: ServerProcess, { path, ...request }: HttpRequest): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, request);
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
}

function dataIn(body: unknown): unknown[] {
  const isList = typeof body === 'object' && body !== null && 'data' in body && Array.isArray(body.data);
  return isList ? (body.data as unknown[]) : [];
}

function withoutOwn(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !OWN.has(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutOwn(inner)]));
}
