import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'build/docs/main.mjs');
const run = (cwd: string) => promisify(execFile)(process.execPath, [MAIN, '--check'], { cwd });

test('every public name has a docstring and an example, and every argument of an op a name', async () => {
  const { stdout, stderr } = await run(ROOT);
  expect(stdout + stderr).toBe('');
});

test('a name without a docstring or an example, a member without a docstring, and an op whose arguments have no names are found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taskgrad-reference-'));
  try {
    await cp(join(ROOT, 'typedoc.json'), join(folder, 'typedoc.json'));
    await mkdir(join(folder, 'src'));
    await writeFile(join(folder, 'README.md'), '# made up\n');
    await writeFile(join(folder, 'package.json'), '{ "name": "made-up" }');
    await writeFile(
      join(folder, 'tsconfig.build.json'),
      '{ "compilerOptions": { "strict": true, "types": [] }, "include": ["src"] }',
    );
    const source = `/** An op. */
export type Op<Args extends readonly unknown[]> = ((...args: Args) => number) & { readonly record: Args };
/**
 * Of one argument that has a name.
 * @example
 * named(1);
 */
export declare const named: Op<[x: number]>;
/**
 * Of one that has none.
 * @example
 * nameless(1);
 */
export declare const nameless: Op<[number]>;
export const bare = 1;
/** An op that nobody shows. */
export declare const unshown: Op<[x: number]>;
/** Shown by its one signature. @example shown(); */
export declare function shown(): void;
/** Not shown. */
export declare class Box {}
/** Needs no example. */
export declare class BoxError extends Error {}
/** Its member is bare. */
export interface Options {
  /** Told. */
  readonly told: { readonly inside: number };
  readonly untold: number;
}
`;
    await writeFile(join(folder, 'src/node.ts'), source);
    const { stdout, stderr } = await run(folder).catch((error) => error);
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => /\[error\]/.test(line));
    expect(lines.map((line) => /(?:of )?([\w.]+) ha(?:s|ve) no (\w+)/.exec(line)?.slice(1))).toEqual([
      ['Options.untold', 'docstring'],
      ['bare', 'docstring'],
      ['Box', 'example'],
      ['bare', 'example'],
      ['unshown', 'example'],
      ['nameless', 'names'],
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
