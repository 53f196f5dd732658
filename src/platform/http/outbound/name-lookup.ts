import { lookup } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';

export interface ResolvedAddress {
  address: string;
  family: number;
}

/** What a host name stands for, as this machine resolves it. */
@Injectable()
export class NameLookup {
  resolve(hostname: string): Promise<ResolvedAddress[]> {
    return lookup(hostname, { all: true });
  }
}
