import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ProviderDesk } from './desk.js';
import type { Fault, FaultyRequest } from './faults.js';
import { Refusal, refusalOf } from './refusals.js';

const faultOfRequest = new WeakMap<FastifyRequest, Fault>();

/** Lets requests go wrong as was asked for. `describe`: what a request is about. */
export function addFaultHooks(
  app: FastifyInstance,
  desk: ProviderDesk,
  describe: (request: FastifyRequest) => FaultyRequest,
): void {
  app.addHook('preHandler', async (request, reply) => {
    const described = describe(request);
    const fault = desk.faults.take(described);
    if (!fault) return undefined;
    faultOfRequest.set(request, fault);
    if (fault.slowMs !== undefined) await pause(fault.slowMs);
    if (fault.drop === 'before') return breakOff(request, reply);
    refuse(fault, described);
    return undefined;
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (faultOfRequest.get(request)?.drop === 'after') breakOff(request, reply);
    else done(null, payload);
  });
}

/** The code by which WhatsApp says later that the message of this request has failed. */
export function laterFailure(request: FastifyRequest): number | null {
  const fault = faultOfRequest.get(request);
  return fault?.isLater ? (fault.code ?? null) : null;
}

function breakOff(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

function refuse(fault: Fault, { platform }: FaultyRequest): void {
  const { code, subcode, status, retryAfter } = fault;
  if (fault.drop !== undefined || fault.isLater) return;
  const headers = { ...fault.headers, ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) };
  if (code !== undefined) {
    const refusal = refusalOf(platform, code, subcode);
    throw new Refusal(status ?? refusal.status, refusal.body, headers);
  }
  if (status !== undefined) throw new Refusal(status, `${status} from a gateway`, headers);
}
