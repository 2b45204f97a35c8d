import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TaskgradError } from './errors';
import type { FoundAdapter } from './host';

/** Longer names are cut: an elementwise kernel is named by its whole expression. */
const MOST_LETTERS = 100;

/**
 * Writes every shader as it is compiled into the folder that TASKGRAD_DUMP names, a file for each kernel and set of
 * constants. A line at its end has `taskgrad kernel` set the same constants. Undefined where nothing was asked for.
 * @throws TaskgradError `DUMP` where the folder cannot be written
 */
export function shaderDump(folder = process.env.TASKGRAD_DUMP): FoundAdapter['dump'] {
  if (!folder) return undefined;
  const written = new Map<string, string>();
  const attempt = (write: () => void) => {
    try {
      write();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TaskgradError('DUMP', `TASKGRAD_DUMP: shaders cannot be written to ${folder}: ${why}`, {
        cause,
      });
    }
  };
  attempt(() => mkdirSync(folder, { recursive: true }));
  return (kernel, constants, code) => {
    const settings = Object.entries(constants).map(([name, value]) => `${name}=${value}`);
    const set = settings.map((setting) => `--set ${setting}`).join(' ');
    const text = `${code}\n// kernel ${kernel}\n${set && `//#bench ${set}\n`}`;
    const file = unusedName(fileWord([kernel, ...settings].join(',')), text, written);
    written.set(file, text);
    attempt(() => writeFileSync(join(folder, `${file}.wgsl`), text));
  };
}

const fileWord = (name: string): string => name.replace(/[^\w.,=-]+/g, '_').slice(0, MOST_LETTERS);

/** Kernels of one name may differ in their text, as those for other shapes do: the second is called name-2. */
function unusedName(name: string, text: string, written: ReadonlyMap<string, string>): string {
  const free = (candidate: string) => (written.get(candidate) ?? text) === text;
  let candidate = name;
  for (let i = 2; !free(candidate); i++) candidate = `${name}-${i}`;
  return candidate;
}
