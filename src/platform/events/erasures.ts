import { Injectable } from '@nestjs/common';
import { OrgContext } from '../context/org-context.js';

/** What has to go before an organization's rows do, since they alone say where it is. */
@Injectable()
export class Erasures {
  private readonly works: (() => Promise<void>)[] = [];

  /** `work` runs inside the organization. It may run again after an interruption; where it rejects nothing more is erased. */
  before(work: () => Promise<void>): void {
    this.works.push(work);
  }

  async run(orgId: string): Promise<void> {
    for (const work of this.works) await OrgContext.runAsSystem(orgId, 'erasure', work);
  }
}
