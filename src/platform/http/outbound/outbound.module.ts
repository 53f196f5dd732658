import { Global, Module } from '@nestjs/common';
import { NameLookup } from './name-lookup.js';
import { OutboundHttp } from './outbound-http.js';

@Global()
@Module({ providers: [NameLookup, OutboundHttp], exports: [OutboundHttp] })
export class OutboundModule {}
