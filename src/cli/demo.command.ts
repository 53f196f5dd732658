import type { Command } from 'commander';
import { runDemo } from '../demo/demo.js';
import { Config } from '../platform/config/config.js';
import { print } from '../run-server.js';

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('Let customers write to the demo organizations of a running server, and show who sees what')
    .option('--url <address>', 'where the server is (default: this machine, PORT)')
    .action(async ({ url }: { url?: string }) => {
      const { settings } = Config.load();
      await runDemo(url ?? `http://localhost:${settings.PORT}`, settings.FACEBOOK_APP_SECRET, print);
    });
}
