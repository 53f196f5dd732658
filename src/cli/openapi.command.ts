import type { Command } from 'commander';
import { createApp } from '../app.js';
import { Config } from '../platform/config/config.js';
import { openApiDocument } from '../platform/http/openapi.js';
import { print } from '../run-server.js';

export function addOpenApiCommand(program: Command): void {
  program
    .command('openapi')
    .description('Print the OpenAPI document; needs no database')
    .action(async () => {
      const app = await createApp(Config.load().withoutDatabase());
      print(JSON.stringify(openApiDocument(app), null, 2));
      await app.close();
    });
}
