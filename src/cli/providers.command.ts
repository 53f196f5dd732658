import type { Command } from 'commander';
import { Config } from '../platform/config/config.js';
import { LOCAL_PROVIDERS_PORT } from '../platform/config/development-providers.js';
import { codeOf } from '../platform/errors/thrown.js';
import { seedDemoPages } from '../providers/demo-pages.js';
import { startProviders } from '../providers/provider-server.js';
import { settingsFor } from '../providers/provider-settings.js';
import { print } from '../run-server.js';
import { StartError } from '../server.js';

interface Options {
  port: string;
  host: string;
  polydesk?: string;
}

export function addProvidersCommand(program: Command): void {
  program
    .command('providers')
    .description('Play Messenger, WhatsApp and Zalo on this machine, for development')
    .option('--port <number>', 'where to listen', String(LOCAL_PROVIDERS_PORT))
    .option('--host <address>', 'on which address', 'localhost')
    .option('--polydesk <address>', 'where Polydesk is (default: this machine, PORT)')
    .action(run);
}

async function run({ port, host, polydesk }: Options): Promise<void> {
  const config = Config.load();
  if (config.isProduction) throw new StartError('The providers on the desk are for development, not for production');
  const url = polydesk ?? `http://localhost:${config.settings.PORT}`;
  const { desk, stop } = await start(config, url, { host, port: Number(port) });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
  print(`Messenger, WhatsApp and Zalo are on ${desk.url}: write as a customer there.`);
  print(`They tell the Polydesk on ${url}.`);
}

async function start(config: Config, polydesk: string, listen: { host: string; port: number }) {
  try {
    return await startProviders(settingsFor(config, polydesk), listen, seedDemoPages);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw new StartError(`Port ${listen.port} is taken: stop what listens there, or name another with --port`);
  }
}
