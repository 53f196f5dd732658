import { Injectable } from '@nestjs/common';

type Renew = (integrationId: string) => Promise<boolean>;

/** Who can get a new token for a page whose own has ended, by platform. Most platforms have nobody: a person connects again. */
@Injectable()
export class TokenRenewals {
  private readonly renewers = new Map<string, Renew>();

  register(platform: string, renew: Renew): void {
    this.renewers.set(platform, renew);
  }

  /** False where there is no new token. Inside the organization that the page belongs to. */
  async renew(platform: string, integrationId: string): Promise<boolean> {
    return (await this.renewers.get(platform)?.(integrationId)) ?? false;
  }
}
