import type { FastifyInstance, FastifyReply } from 'fastify';
import { pageAt } from './control.routes.js';
import type { Customer, Writing } from './customer.js';
import type { DeskButton } from './entry.js';
import type { ProviderDesk } from './desk.js';
import type { Profile } from './profiles.js';

interface CustomerRoute {
  Params: { platform: string; page: string; customer: string };
}

type Act<Body> = CustomerRoute & { Body: Body };

/** Customers who write, and what they see. */
export function addConversationRoutes(app: FastifyInstance, desk: ProviderDesk): void {
  const who = ({ params }: { params: CustomerRoute['Params'] }) => desk.customer(pageAt(desk, params), params.customer);
  app.get<CustomerRoute>('/control/conversations/:platform/:page/:customer', (request) => who(request).entries);
  addWriting(app, who);
  addSubscription(app, who);
  app.post<Act<Profile>>(`${PATH}/profile`, ({ params, body }, reply) => {
    desk.profiles.give(params.customer, { name: body.name, avatarUrl: body.avatarUrl ?? null });
    return reply.code(204).send();
  });
}

const PATH = '/control/customers/:platform/:page/:customer';
type Who = (request: { params: CustomerRoute['Params'] }) => Customer;

function addWriting(app: FastifyInstance, who: Who): void {
  app.post<Act<Omit<Writing, 'at'> & { at?: string }>>(`${PATH}/messages`, async (request, reply) => {
    const { at, ...writing } = request.body;
    const id = await who(request).writes({ ...writing, ...(at !== undefined && { at: new Date(at) }) });
    return reply.code(201).send({ id });
  });
  app.post<Act<DeskButton>>(`${PATH}/postbacks`, async (request, reply) =>
    reply.code(201).send({ id: await who(request).presses(request.body) }),
  );
  app.post<CustomerRoute>(`${PATH}/read`, (request, reply) => done(reply, who(request).reads()));
  app.post<Act<{ messageId: string; emoji: string | null }>>(`${PATH}/reactions`, (request, reply) =>
    done(reply, who(request).reacts(request.body.messageId, request.body.emoji)),
  );
  app.post<Act<{ messageId: string; text: string }>>(`${PATH}/edits`, (request, reply) =>
    done(reply, who(request).edits(request.body.messageId, request.body.text)),
  );
  app.post<Act<{ messageId: string }>>(`${PATH}/deletions`, (request, reply) =>
    done(reply, who(request).deletes(request.body.messageId)),
  );
}

function addSubscription(app: FastifyInstance, who: Who): void {
  app.post<CustomerRoute>(`${PATH}/follow`, (request, reply) => done(reply, who(request).follows()));
  app.post<CustomerRoute>(`${PATH}/unfollow`, (request, reply) => done(reply, who(request).unfollows()));
  app.post<CustomerRoute>(`${PATH}/withdraw`, (request, reply) => done(reply, who(request).withdraws()));
}

async function done(reply: FastifyReply, work: Promise<void>): Promise<FastifyReply> {
  await work;
  return reply.code(204).send();
}
