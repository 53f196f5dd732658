import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { transformFile } from '@swc/core';

const SOURCES = 'src/retrofit';

/**
 * The tool as JavaScript, in a directory of its own, with nothing of the rest of the project: it starts several times as fast as
 * from its sources, for tests that start it a hundred times.
 */
export class CompiledTool {
  private constructor(
    private readonly directory: string,
    /** The program, for `node`. */
    readonly program: string,
  ) {}

  static async make(): Promise<CompiledTool> {
    const directory = await mkdtemp(join(tmpdir(), 'polydesk-retrofit-tool-'));
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    await symlink(resolve('node_modules'), join(directory, 'node_modules'));
    const files = await readdir(SOURCES, { recursive: true });
    const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
    await Promise.all(
      sources.map((file) => compile(join(SOURCES, file), join(directory, file.replace(/\.ts$/, '.js')))),
    );
    return new CompiledTool(directory, join(directory, 'main.js'));
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function compile(source: string, target: string): Promise<void> {
  const { code } = await transformFile(source, {
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}
