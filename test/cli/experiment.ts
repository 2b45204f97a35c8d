import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import type { CommonOptions } from '../../src/cli/common-options';
import { type CliExperiment, type ExperimentWork, withExperiment } from '../../src/cli/experiment';
import { readJobs } from '../../src/cli/jobs-file';
import { storeOfRun } from '../../src/cli/store/place';
import { decodeSafetensors } from '../../src/data/safetensors';
import { NETWORK_FILE } from '../../src/experiment/kinds/network.node';
import { PRESETS } from '../../src/experiment/settings/presets';
import { writeDigits } from './digits';
import { optionsFor } from './tiny';

export { optionsFor, TINY } from './tiny';

/**
 * Searches by preset `quick` take fewer steps in all tests of the calling file: α learns for three epochs, not a hundred,
 * and what random search and DARTS may spend falls with it.
 */
export function useShortSearches(): void {
  const { search } = PRESETS.quick;
  const published = { ...search };
  beforeAll(() => void Object.assign(search, { alphaEpochs: 3, rounds: 2, dictionaryDraws: 4 }));
  afterAll(() => void Object.assign(search, published));
}

/** An experiment by a protocol over a few digits, which are written into the folder. */
export async function experimentBy(
  protocol: CommonOptions['protocol'],
  folder: string,
  plan: (experiment: CliExperiment) => Promise<void> = async () => undefined,
  more: Partial<CommonOptions> = {},
  needed?: readonly string[],
): Promise<void> {
  const data = join(folder, 'data');
  await writeDigits(data);
  const options = optionsFor(data, join(folder, 'out'), { protocol, ...more });
  await withExperiment(options, {}, plan, { needed: ({ tasks }) => needed ?? tasks });
}

/** Keeps what is said to the terminal from it; the lines of stdout since the test began. */
export function useSilence(): { readonly stdout: () => string; readonly stderr: () => string } {
  const said = { stdout: '', stderr: '' };
  beforeEach(() => {
    for (const name of ['stdout', 'stderr'] as const) {
      said[name] = '';
      vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
        said[name] += chunk;
        return true;
      });
    }
  });
  afterEach(() => vi.restoreAllMocks());
  return { stdout: () => said.stdout, stderr: () => said.stderr };
}

/** Has Ctrl-C pressed at the `at`-th step of the first job whose label begins so. */
export function interruptedIn(label: string, at: number): Pick<ExperimentWork, 'watch'> {
  let steps = 0;
  return {
    watch: {
      progress: (order) => {
        if (order.label.startsWith(label) && ++steps === at) process.emit('SIGINT');
      },
    },
  };
}

/**
 * Has Ctrl-C pressed in the first of several stages to come to its step, which it then takes out of them.
 * @param stages steps by how the labels of their jobs begin
 */
export function interruptedInNext(stages: Map<string, number>): Pick<ExperimentWork, 'watch'> {
  const made = new Map<string, number>();
  return {
    watch: {
      progress: ({ label }) => {
        const stage = [...stages.keys()].find((start) => label.startsWith(start));
        if (stage === undefined) return;
        const step = (made.get(stage) ?? 0) + 1;
        made.set(stage, step);
        if (step !== stages.get(stage)) return;
        stages.delete(stage);
        process.emit('SIGINT');
      },
    },
  };
}

/** Folder of an artefact of a run, by what the run calls it. */
export async function artefactFolder(out: string, label: string): Promise<string> {
  const { store, jobs } = await readJobs(out);
  const found = jobs.find((job) => job.label === label);
  if (!found) throw new Error(`no job '${label}' among ${jobs.map((job) => job.label).join(', ')}`);
  return join(storeOfRun(out, store), 'artefacts', found.key.slice(0, 2), found.key);
}

/** Of all jobs of a run, by what the run calls them, in their order. */
export const labelsOf = async (out: string): Promise<string[]> =>
  (await readJobs(out)).jobs.map(({ label }) => label);

/** The values that a run's artefacts of a kind have, by what the run calls them, sorted by that. */
export async function valuesOf<Value>(out: string, kind: string): Promise<Map<string, Value>> {
  const { jobs } = await readJobs(out);
  const values = jobs
    .filter((job) => job.kind === kind)
    .map(async ({ label }) => {
      const text = await readFile(join(await artefactFolder(out, label), 'job.json'), 'utf8');
      return [label, JSON.parse(text).content.value as Value] as const;
    });
  return new Map((await Promise.all(values)).sort(([a], [b]) => a.localeCompare(b)));
}

/** The weights of a run's networks, bit by bit, by their keys. */
export async function weightsOf(out: string): Promise<Record<string, string>> {
  const { jobs } = await readJobs(out);
  const networks = jobs.filter(({ kind }) => ['network', 'baseline', 'winner'].includes(kind));
  const all = networks.map(async ({ key, label }) => {
    const file = join(await artefactFolder(out, label), NETWORK_FILE);
    const { tensors } = decodeSafetensors(await readFile(file), file);
    return [key, [...tensors].map(([name, { data }]) => `${name} ${data.join(' ')}`).join('\n')] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}
