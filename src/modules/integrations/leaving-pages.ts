import { Injectable } from '@nestjs/common';
import type { PageAccess } from '../../channels/provider.js';

/** A page that is about to be disconnected, while it can still be opened. */
export interface LeavingPage {
  id: string;
  platform: string;
  access: PageAccess;
}

type Farewell = (page: LeavingPage) => Promise<void>;

/** What has to be done with a page's token before it is erased. */
@Injectable()
export class LeavingPages {
  private readonly farewells: Farewell[] = [];

  /** `farewell` must not reject, nor take long: somebody waits for the page to be disconnected. */
  beforeDisconnect(farewell: Farewell): void {
    this.farewells.push(farewell);
  }

  async take(page: LeavingPage): Promise<void> {
    for (const farewell of this.farewells) await farewell(page);
  }
}
