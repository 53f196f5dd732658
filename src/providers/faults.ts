import type { DeskPlatform } from './accounts.js';

/** What a request of Polydesk asks for. */
export type Operation = 'send' | 'signal' | 'profile' | 'subscribe' | 'accounts' | 'oauth' | 'upload' | 'media';

/** What goes wrong on demand. Where neither `on` nor `path` says otherwise, with the sending of messages. */
export interface Fault {
  platform?: DeskPlatform;
  /** Only requests for this page, WhatsApp number or official account. */
  page?: string;
  on?: Operation | 'any';
  /** A part of the request's path. */
  path?: string;
  /** A refusal by the provider's own code. */
  code?: number;
  subcode?: number;
  /** A bare HTTP status, as from a gateway; or that of the refusal, where it has a code. */
  status?: number;
  /** How long to wait before anything else. */
  slowMs?: number;
  /** `before`: the connection breaks, and nothing was done. `after`: it was done, and the connection breaks before the answer. */
  drop?: 'before' | 'after';
  /** Seconds, for the header `Retry-After`. */
  retryAfter?: number;
  /** Others, such as `X-App-Usage`. */
  headers?: Record<string, string>;
  /** WhatsApp accepts the message, and says afterwards that it failed, with `code`. */
  isLater?: boolean;
  /** How often; once where absent. */
  times?: number | 'always';
}

export interface FaultyRequest {
  platform: DeskPlatform;
  operation: Operation | null;
  path: string;
  page: string | null;
}

/** What of all of a platform's sends goes wrong, one after the other, where it is flaky. */
const FLAWS: Record<DeskPlatform, Fault[]> = {
  facebook: [{ code: 2 }, { status: 502 }, { drop: 'before' }],
  whatsapp: [{ code: 131000 }, { status: 502 }, { drop: 'before' }],
  zalo: [{ code: -32 }, { status: 502 }, { drop: 'before' }],
};

export class Faults {
  private planned: { fault: Fault; left: number }[] = [];
  private flakyPercent = 0;
  private due = 0;
  private flaws = 0;

  add(fault: Fault): void {
    const left = fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
    this.planned.push({ fault, left });
  }

  /** How many of a hundred sends go wrong, evenly spread: each time in another of the ways that are worth another try. */
  setFlaky(percent: number): void {
    this.flakyPercent = percent;
    this.due = 0;
  }

  /** What goes wrong with this request: the fault that waits for the longest, which is thereby used up once. */
  take(request: FaultyRequest): Fault | null {
    const planned = this.planned.find(({ fault, left }) => left > 0 && isMeant(fault, request));
    if (!planned) return this.takeFlaw(request);
    planned.left -= 1;
    return planned.fault;
  }

  clear(): void {
    this.planned = [];
    this.setFlaky(0);
  }

  private takeFlaw({ platform, operation }: FaultyRequest): Fault | null {
    if (operation !== 'send') return null;
    this.due += this.flakyPercent;
    if (this.due < 100) return null;
    this.due -= 100;
    this.flaws += 1;
    return FLAWS[platform][this.flaws % FLAWS[platform].length] ?? null;
  }
}

function isMeant(fault: Fault, request: FaultyRequest): boolean {
  const on = fault.on ?? (fault.path === undefined ? 'send' : 'any');
  return (
    (fault.platform === undefined || fault.platform === request.platform) &&
    (fault.page === undefined || fault.page === request.page) &&
    (fault.path === undefined || request.path.includes(fault.path)) &&
    (on === 'any' || on === request.operation)
  );
}
