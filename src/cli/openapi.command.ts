import type { Command } from 'commander';
import { createApp } from '../app.js';
import { Config } from '../platform/config/config.js';
import { openApiDocument } from '../platform/http/openapi.js';
import { print } from '../run-server.js';

/** Well-formed and never connected to: pools connect with their first query. */
const NO_DATABASE = 'postgres://nobody@localhost/none';

export function addOpenApiCommand(program: Command): void {
  program
    .command('openapi')
    .description('Print the OpenAPI document; needs no database')
    .action(async () => {
      const app = await createApp(Config.load().withDatabase(NO_DATABASE));
      print(JSON.stringify(openApiDocument(app), null, 2));
      await app.close();
    });
}
