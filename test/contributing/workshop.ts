import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Edit, edited } from './recipes';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** Of bench/ only what a test needs: no recipe touches it, and its types take long to check. */
const FOLDERS = ['bench/scaling', 'build', 'examples', 'runtime', 'shaders', 'src', 'test'];

/** A command after its end. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A copy of the house, to be worked in and thrown away. */
export interface Workshop {
  /** Around the copy, for what is none of it. */
  readonly folder: string;
  edit(edit: Edit): Promise<void>;
  /** Runs a command line in it, as from a shell of its own. */
  run(command: string): Promise<Ended>;
  remove(): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'taskgrad-contributing-'));
  const house = join(folder, 'house');
  for (const name of [...FOLDERS, ...(await filesOfRoot())])
    await cp(join(ROOT, name), join(house, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(house, 'node_modules'));
  return {
    folder,
    edit: async (edit) => {
      const path = join(house, edit.file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, edited(await readFile(path, 'utf8').catch(() => undefined), edit));
    },
    run: (command) => runIn(house, command),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Those that git knows: what else lies there is nobody's work, and its faults are not the recipes'. Without git, all. */
async function filesOfRoot(): Promise<string[]> {
  const entries = await readdir(ROOT, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== '.git').map(({ name }) => name);
  const { code, output } = await runIn(ROOT, 'git ls-files');
  const known = new Set(output.split('\n'));
  return code === 0 ? files.filter((name) => known.has(name)) : files;
}

function runIn(folder: string, command: string): Promise<Ended> {
  // A vitest inside a vitest would take itself for a worker of the outer one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  const child = spawn(command, { cwd: folder, env, shell: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
