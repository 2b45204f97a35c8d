import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What a package is built of. */
const SOURCES = ['runtime', 'shaders', 'src', 'build', 'package.json', 'esbuild.config.mjs'];

/** An empty project with the package in it, installed from the file that would be published. */
export interface Project {
  readonly folder: string;
  readonly tarball: string;
  /** The package as installed. */
  readonly installed: string;
  /** Runs a program of it, or of the packages that tests use. @throws with what it printed if it fails */
  run(file: string, ...args: string[]): Promise<string>;
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** Runs command lines in it, as from a shell. @throws with what it printed if one fails */
  shell(commands: string): Promise<string>;
  remove(): Promise<void>;
}

const run = async (
  folder: string,
  file: string,
  args: readonly string[],
  env = process.env,
): Promise<string> => {
  const { stdout } = await promisify(execFile)(file, args, { cwd: folder, env, maxBuffer: 1 << 26 });
  return stdout;
};

/** When a file, or the newest one in a folder, was written. */
async function writtenAt(path: string): Promise<number> {
  const about = await stat(path).catch(() => undefined);
  if (!about?.isDirectory()) return about?.mtimeMs ?? 0;
  const files = await readdir(path, { recursive: true });
  return Math.max(...(await Promise.all(files.map(async (file) => (await stat(join(path, file))).mtimeMs))));
}

/** What is tested is built from the sources as they are. */
async function buildIfOld(): Promise<void> {
  const sources = await Promise.all(SOURCES.map((path) => writtenAt(join(ROOT, path))));
  const built = await Promise.all(
    ['dist/node.js', 'dist/browser/training.d.ts'].map((path) => writtenAt(join(ROOT, path))),
  );
  if (Math.min(...built) < Math.max(...sources)) await run(ROOT, 'npm', ['run', '--silent', 'build']);
}

export async function openProject(): Promise<Project> {
  await buildIfOld();
  const folder = await mkdtemp(join(tmpdir(), 'taskgrad-packing-'));
  const packing = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const tarball = join(folder, (await run(ROOT, 'npm', packing)).trim());
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  // webgpu is 130 MB: it is linked, not unpacked once more.
  const packages = [tarball, join(ROOT, 'node_modules/webgpu')];
  const options = ['--offline', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run(folder, 'npm', ['install', ...options, ...packages]);
  return {
    folder,
    tarball,
    installed: join(folder, 'node_modules/taskgrad'),
    run: (file, ...args) => run(folder, process.execPath, [file, ...args]),
    write: async (name, content) => {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    shell: (commands) => {
      const PATH = `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`;
      return run(folder, 'sh', ['-e', '-c', commands], { ...process.env, PATH });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A program of this folder, as text. */
export const programNamed = (name: string): Promise<string> =>
  readFile(new URL(`programs/${name}`, import.meta.url), 'utf8');
