import { OrgContext } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';

const RETRY_SECONDS = 2;

/** What an organization may send to this process at once, in bytes: it is in memory until it is stored. */
export class UploadRoom {
  private readonly taken = new Map<string, number>();

  constructor(private readonly mostBytes: number) {}

  /** 429 where the bound organization has no room for so many bytes. */
  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const { orgId } = OrgContext;
    const taken = this.takenBy(orgId) + bytes;
    if (taken > this.mostBytes) throw AppError.rateLimited(RETRY_SECONDS);
    this.taken.set(orgId, taken);
    try {
      return await work();
    } finally {
      this.free(orgId, bytes);
    }
  }

  private free(orgId: string, bytes: number): void {
    const left = this.takenBy(orgId) - bytes;
    if (left > 0) this.taken.set(orgId, left);
    else this.taken.delete(orgId);
  }

  private takenBy(orgId: string): number {
    return this.taken.get(orgId) ?? 0;
  }
}
