import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const SOURCE = 'src';
/** Modules in the order of docs/ARCHITECTURE.md: each may import those of its own row to its left. */
const ROWS = [
  ['organizations', 'users', 'api-keys', 'auth', 'realtime'],
  ['customers', 'conversations', 'messages', 'realtime'],
  ['organizations', 'users', 'api-keys', 'auth'],
  ['customers', 'conversations', 'messages', 'integrations', 'delivery', 'media', 'connections', 'webhooks'],
  ['webhook-endpoints', 'integrations', 'webhook-events'],
  ['customers', 'conversations', 'messages', 'integrations', 'webhook-events'],
  ['customers', 'conversations', 'messages', 'integrations', 'api-channel'],
  ['organizations', 'users', 'api-keys', 'chatbots', 'answering'],
  ['customers', 'conversations', 'messages', 'chatbots', 'answering'],
  ['customers', 'conversations', 'labels'],
  ['customers', 'conversations', 'timeline'],
  ['customers', 'conversations', 'messages', 'quick-replies'],
  ['customers', 'conversations', 'messages', 'search'],
  ['customers', 'conversations', 'messages', 'assignment'],
  ['organizations', 'users', 'assignment'],
];
/** Nobody imports them; of others they import events, and `auth` everything to its left. */
const LISTENERS: Record<string, RegExp> = { audit: /\.events\.js$/ };
/** Within platform, from the ground up: a room imports those before it. */
const PLATFORM = [
  ['errors'],
  ['config', 'context', 'tracing'],
  ['logging', 'metrics', 'secrets'],
  ['database'],
  ['jobs'],
  ['events'],
  ['http'],
];
/** The only files that may look across organizations. Each says in its docstring why. */
const ACROSS_ORGANIZATIONS = [
  'src/modules/api-keys/api-key-routes.system-repository.ts',
  'src/modules/auth/accounts.system-repository.ts',
  'src/modules/auth/request-counts.system-repository.ts',
  'src/modules/auth/sign-in-throttle.ts',
  'src/modules/chatbots/chatbot-secrets.system-repository.ts',
  'src/modules/connections/page-standing.system-repository.ts',
  'src/modules/connections/zalo-tokens.system-repository.ts',
  'src/modules/delivery/stray-messages.system-repository.ts',
  'src/modules/health/health.controller.ts',
  'src/modules/integrations/integrations.system-repository.ts',
  'src/modules/media/media-keys.system-repository.ts',
  'src/modules/organizations/organizations.system-repository.ts',
  'src/modules/webhook-endpoints/endpoint-secrets.system-repository.ts',
  'src/modules/webhook-endpoints/webhook-deliveries.system-repository.ts',
  'src/modules/webhooks/channel-routes.system-repository.ts',
  'src/platform/database/database.module.ts',
  'src/platform/jobs/job-runners.ts',
  'src/platform/jobs/waiting-jobs.ts',
  'src/server.ts',
];

interface Import {
  from: string;
  to: string;
  names: string;
}

const files = sourceFiles(SOURCE);
const imports = files.flatMap(importsOf);

describe('The architecture', () => {
  it('lets platform import nothing above it', () => {
    expect(imports.filter(({ from, to }) => isIn('platform', from) && !isIn('platform', to)).map(show)).toEqual([]);
  });

  it('lets the rooms of platform import only those below them', () => {
    expect(imports.filter(({ from, to }) => isIn('platform', from) && floorOf(to) > floorOf(from)).map(show)).toEqual(
      [],
    );
  });

  it('lets retrofit stand alone', () => {
    expect(imports.filter(({ from, to }) => isIn('retrofit', from) && !isIn('retrofit', to)).map(show)).toEqual([]);
    const users = imports.filter(({ from, to }) => !isIn('retrofit', from) && isIn('retrofit', to));
    expect(users.map(({ from }) => from)).toEqual(['src/cli.ts']);
  });

  it('lets a module import only modules to its left', () => {
    const wrong = imports.filter(
      ({ from, to }) => isIn('modules', to) && isIn('modules', from) && !mayImport(from, to),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it('never lets a repository leave its module', () => {
    const wrong = imports.filter(({ from, to, names }) => {
      const isRepository = isIn('modules', to) && to.endsWith('repository.ts') && !isTypeOnly(names);
      return isRepository && isIn('modules', from) && roomOf(from) !== roomOf(to);
    });
    expect(wrong.map(show)).toEqual([]);
  });

  it('keeps channels pure: the contract, Node, and each other', () => {
    const allowed = (to: string) => isIn('channels', to) || to.startsWith('node:');
    expect(
      allImportsOf('channels')
        .filter(({ to }) => !allowed(to))
        .map(show),
    ).toEqual([]);
  });

  it('has no import circles', () => {
    expect(circles()).toEqual([]);
  });

  it('has no barrels and no drawers', () => {
    expect(
      files.filter((file) => /\/(index\.ts|common\/|shared\/|utils?\/|utils?\.ts|helpers?\.ts)/.test(file)),
    ).toEqual([]);
  });

  it('lets only the listed files look across organizations', () => {
    const users = imports.filter(({ to, names }) => to.endsWith('database/system-database.ts') && !isTypeOnly(names));
    expect([...new Set(users.map(({ from }) => from))].sort()).toEqual(ACROSS_ORGANIZATIONS);
  });

  it('keeps files short enough to read', () => {
    const long = files.filter(
      (file) => !file.endsWith('.spec.ts') && readFileSync(file, 'utf8').split('\n').length > 175,
    );
    expect(long).toEqual([]);
  });

  it('never uses forwardRef', () => {
    expect(files.filter((file) => readFileSync(file, 'utf8').includes('forwardRef('))).toEqual([]);
  });

  it('gives every route an @Endpoint', () => {
    const bare = files.filter((file) => file.endsWith('.controller.ts')).flatMap(routesWithoutEndpoint);
    expect(bare).toEqual([]);
  });

  it('documents every tool that it depends on', () => {
    const {
      dependencies,
      devDependencies,
    }: Record<string, Record<string, string>> = JSON.parse(readFileSync('package.json', 'utf8'));
    const page = readFileSync('docs/dependencies.md', 'utf8');
    const names = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@types/'));
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

function sourceFiles(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  return paths.filter((path) => !path.includes('/generated/')).sort();
}

function importsOf(file: string): Import[] {
  return rawImports(file).filter(({ to }) => to.startsWith(SOURCE) && !to.includes('/generated/'));
}

/** Including packages and Node's own. */
function allImportsOf(room: string): Import[] {
  return files.filter((file) => isIn(room, file) && !file.endsWith('.spec.ts')).flatMap(rawImports);
}

function rawImports(file: string): Import[] {
  const parsed = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return parsed.statements
    .filter((node) => ts.isImportDeclaration(node) || ts.isExportDeclaration(node))
    .flatMap((node) => {
      const target = node.moduleSpecifier;
      if (!target || !ts.isStringLiteral(target)) return [];
      const names = node.getText(parsed).split(' from ')[0] ?? '';
      return [{ from: file, to: resolve(file, target.text), names }];
    });
}

function resolve(file: string, target: string): string {
  return target.startsWith('.') ? normalize(join(dirname(file), target)).replace(/\.js$/, '.ts') : target;
}

function isTypeOnly(names: string): boolean {
  return names.startsWith('import type');
}

function isIn(room: string, file: string): boolean {
  return file.startsWith(`${SOURCE}/${room}/`);
}

/** `src/modules/users/x.ts` -> `users`. */
function roomOf(file: string): string {
  return relative(SOURCE, file).split('/')[1] ?? '';
}

function floorOf(file: string): number {
  return PLATFORM.findIndex((rooms) => rooms.includes(roomOf(file)));
}

function mayImport(from: string, to: string): boolean {
  const [importer, imported] = [roomOf(from), roomOf(to)];
  if (importer === imported) return true;
  const listens = LISTENERS[importer];
  if (listens) return listens.test(to.replace(/\.ts$/, '.js'));
  return ROWS.some((row) => row.includes(imported) && row.indexOf(imported) < row.indexOf(importer));
}

function circles(): string[] {
  const graph = new Map(
    files.map((file) => [
      file,
      imports.filter(({ from, names }) => from === file && !isTypeOnly(names)).map(({ to }) => to),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file) || path.includes(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}

function routesWithoutEndpoint(file: string): string[] {
  const parsed = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const methods = parsed.statements
    .filter((node) => ts.isClassDeclaration(node))
    .flatMap((node) => node.members.filter((member) => ts.isMethodDeclaration(member)));
  const names = methods.map((method) => ({
    name: `${file}: ${method.name.getText()}`,
    decorators: (ts.getDecorators(method) ?? []).map((decorator) => decorator.getText()),
  }));
  const isRoute = (decorators: string[]) =>
    decorators.some((text) => /^@(Get|Post|Put|Patch|Delete|All|Head|Options)\(/.test(text));
  return names
    .filter(({ decorators }) => isRoute(decorators) && !decorators.some((text) => text.startsWith('@Endpoint(')))
    .map(({ name }) => name);
}

function show({ from, to }: Import): string {
  return `${from} -> ${to}`;
}
