import { Global, Module } from '@nestjs/common';
import { DatabaseConnections } from './database-connections.js';
import { Database } from './database.js';
import { SystemDatabase } from './system-database.js';

@Global()
@Module({
  providers: [DatabaseConnections, Database, SystemDatabase],
  exports: [DatabaseConnections, Database, SystemDatabase],
})
export class DatabaseModule {}
