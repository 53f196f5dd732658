import { Global, Module } from '@nestjs/common';
import { Erasures } from './erasures.js';
import { Events } from './events.js';
import { Followers } from './followers.js';

@Global()
@Module({ providers: [Events, Followers, Erasures], exports: [Events, Followers, Erasures] })
export class EventsModule {}
