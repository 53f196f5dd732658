import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { INestApplicationContext } from '@nestjs/common';
import { Option } from 'commander';
import type { Command } from 'commander';
import { UsersService } from '../modules/users/users.service.js';
import { DEFAULT_ORGANIZATION_ID, OrgContext } from '../platform/context/org-context.js';
import { print } from '../run-server.js';
import { StartError } from '../server.js';
import { withApplication } from './with-database.js';

const SHORTEST_PASSWORD = 8;

interface SuperAdmin {
  email: string;
  username: string;
  passwordStdin?: boolean;
}

export function addUserCommands(program: Command): void {
  program
    .command('create-super-admin')
    .description('Create a super admin: the first one, or another')
    .addOption(new Option('--email <address>', 'e-mail address to sign in by').makeOptionMandatory())
    .addOption(new Option('--username <name>', 'username to sign in by').makeOptionMandatory())
    .option('--password-stdin', 'read the password from standard input; otherwise one is made and printed')
    .action(async (options: SuperAdmin) => {
      const password = await readPassword(options);
      await withApplication((app) => create(app, options, password));
      print(`Super admin ${options.email} created`);
      if (!options.passwordStdin) print(`Password, shown this once: ${password}`);
    });
}

async function readPassword({ passwordStdin }: SuperAdmin): Promise<string> {
  const password = passwordStdin
    ? (await text(process.stdin)).replace(/\r?\n$/, '')
    : randomBytes(18).toString('base64url');
  if (password.length < SHORTEST_PASSWORD)
    throw new StartError(`The password must have ${SHORTEST_PASSWORD} or more characters`);
  return password;
}

async function create(app: INestApplicationContext, { email, username }: SuperAdmin, password: string): Promise<void> {
  const user = { email: email.toLowerCase(), username: username.toLowerCase(), password, role: 'super_admin' as const };
  await OrgContext.runAsSystem(DEFAULT_ORGANIZATION_ID, 'command line', () => app.get(UsersService).insert(user));
}
