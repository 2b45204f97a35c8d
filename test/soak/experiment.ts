import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli/commands/run';
import { type ExperimentWork, withExperiment } from '../../src/cli/experiment';
import { decodeSafetensors } from '../../src/data/safetensors';
import type { Settings } from '../../src/experiment/settings/presets';
import { writeDigits } from '../cli/digits';
import { optionsFor, TINY } from '../cli/tiny';

/** Everything that a run does, in a few seconds: training, distances, FUSE, DARTS, last trainings. */
const SMALL: Partial<Settings> = {
  ...TINY,
  search: { ...(TINY.search as Settings['search']), methods: ['FUSE standard', 'DARTS'] },
  unsearched: 0,
  baselines: [],
};

/** Runs the experiment in a folder, or goes on with it. */
export const experiment = (data: string, out: string, more: ExperimentWork = {}): Promise<void> =>
  withExperiment(optionsFor(data, out, { json: true }), SMALL, run, more);

/** A new folder with images in it, for as long as `work` takes. */
export async function inFolder<T>(
  name: string,
  work: (folder: string, data: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `taskgrad-${name}-`));
  try {
    const data = join(folder, 'data');
    await mkdir(data);
    await writeDigits(data);
    return await work(folder, data);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Facts that no two runs have alike. */
const TIMES = new Set(['gpuSeconds', 'wallSeconds', 'seconds', 'startedAt', 'at', 'sha256', 'bytes']);

/** All that a run has found, a line for each file, bit for bit; without times. */
export async function fingerprint(out: string): Promise<readonly string[]> {
  const names = (await readdir(out, { recursive: true })).sort();
  const isFound = (name: string) =>
    /^store\/artefacts\/.*\.(safetensors|json)$|^(results|genotype.*)\.json$/.test(name);
  const lines = names.filter(isFound).map(async (name) => {
    const bytes = await readFile(join(out, name));
    const text = name.endsWith('.json') ? jsonText(bytes) : tensorText(bytes, name);
    return `${name} ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  });
  return Promise.all(lines);
}

/** Keys in one order: what was read from a file may have them in another than what was made. */
const jsonText = (bytes: Buffer): string =>
  JSON.stringify(JSON.parse(bytes.toString()), (key, value) => {
    if (TIMES.has(key)) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

function tensorText(bytes: Buffer, name: string): string {
  const { tensors } = decodeSafetensors(bytes, name);
  return [...tensors].map(([key, { data }]) => `${key} ${data.join(' ')}`).join('\n');
}

/** How two fingerprints differ. */
export function differences(was: readonly string[], is: readonly string[]): string[] {
  return [
    ...was.filter((line) => !is.includes(line)).map((line) => `only the undisturbed run has ${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `only the disturbed run has ${line}`),
  ];
}
