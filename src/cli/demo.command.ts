import type { Command } from 'commander';
import { runDemo } from '../demo/demo.js';
import { Config } from '../platform/config/config.js';
import { LOCAL_PROVIDERS_PORT } from '../platform/config/development-providers.js';
import { print } from '../run-server.js';

interface Options {
  url?: string;
  desk: string;
}

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('Let customers write to the demo organizations of a running server, show who sees what, and answer')
    .option('--url <address>', 'where the server is (default: this machine, PORT)')
    .option('--desk <address>', 'where npm run providers is', `http://localhost:${LOCAL_PROVIDERS_PORT}`)
    .action(async ({ url, desk }: Options) => {
      const { settings } = Config.load();
      const address = url ?? `http://localhost:${settings.PORT}`;
      await runDemo({ url: address, deskUrl: desk, appSecret: settings.FACEBOOK_APP_SECRET }, print);
    });
}
