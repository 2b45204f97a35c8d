import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TaskgradError } from '../../runtime/errors';
import type { CommonOptions } from '../../src/cli/common-options';
import { withExperiment } from '../../src/cli/experiment';
import { decodeSafetensors, encodeSafetensors } from '../../src/data/safetensors';
import { NETWORK_FILE } from '../../src/experiment/kinds/network.node';
import { trainAll } from '../../src/experiment/plans/networks.node';
import type { Settings } from '../../src/experiment/settings/presets';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { writeDigits } from './digits';
import {
  artefactFolder,
  interruptedIn,
  labelsOf,
  optionsFor,
  TINY,
  useSilence,
  weightsOf,
} from './experiment';

let root = '';
const silence = useSilence();
const folder = useFolder();
const data = () => join(root, 'data');
const out = () => join(folder.path, 'out');

const goOn = (override: Partial<Settings> = {}, options: Partial<CommonOptions> = {}) =>
  withExperiment(
    optionsFor(data(), out(), options),
    { ...TINY, ...override },
    async (experiment) => void (await trainAll(experiment)),
  );

/** Two networks: the first finished, the second interrupted after a step. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-resume-'));
  await writeDigits(data());
});
beforeEach(async () => {
  const made = join(root, 'made');
  if (!(await readdir(root)).includes('made')) {
    const begun = withExperiment(
      optionsFor(data(), made),
      TINY,
      async (experiment) => void (await trainAll(experiment)),
      interruptedIn(SECOND, 1),
    );
    await failure(() => begun);
  }
  await cp(made, out(), { recursive: true });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const FIRST = 'smallCifarNet-task0-seed0';
const SECOND = 'smallCifarNet-task3-seed0';
const finished = async () => join(await artefactFolder(out(), FIRST), NETWORK_FILE);
async function checkpoint(): Promise<string> {
  const [key] = await readdir(join(out(), 'store', 'work'));
  return join(out(), 'store', 'work', key, NETWORK_FILE);
}

describe('a run that was stopped', () => {
  it('goes on with the network that was in training, and leaves the finished one alone', async () => {
    const before = await readFile(await finished());
    const at = await checkpoint();
    const { metadata } = decodeSafetensors(await readFile(at), at);
    const made: number = JSON.parse(metadata.taskgrad).optimizerSteps;
    expect(made).toBeGreaterThan(0);
    const steps: string[] = [];
    await withExperiment(
      optionsFor(data(), out()),
      TINY,
      async (experiment) => void (await trainAll(experiment)),
      { watch: { progress: ({ label }) => void steps.push(label) } },
    );
    // Of four steps an epoch, and two epochs.
    expect(steps).toEqual(Array.from({ length: 8 - made }, () => SECOND));
    expect(await readFile(await finished())).toEqual(before);
    expect(silence.stdout()).toMatch(/task0-seed0: test accuracy .*\n.*task3-seed0: test accuracy /);
    expect(await readdir(join(out(), 'store', 'work'))).toEqual([]);
    const whole = join(root, 'whole');
    await withExperiment(
      optionsFor(data(), whole),
      TINY,
      async (experiment) => void (await trainAll(experiment)),
    );
    expect(await weightsOf(out())).toEqual(await weightsOf(whole));
  });

  it('is refused while another run holds the folder', async () => {
    const errors: unknown[] = [];
    await withExperiment(optionsFor(data(), out()), TINY, async () => {
      errors.push(await failure(() => goOn()), await failure(() => goOn({}, { seed: 5 })));
    });
    const held = new RegExp(`^a run holds .*out: process ${process.pid} on .*Wait for it or stop it`);
    for (const error of errors) expect((error as Error).message).toMatch(held);
    expect(await readdir(out())).not.toContain('hold');
  });

  it.each([
    ['another seed', {}, { seed: 4 }],
    ['another width', { training: { ...TINY.training, width: 0.25 } }, {}],
  ] as const)(
    'takes nothing of it into a run with %s, and leaves it as it is',
    async (_, override, options) => {
      const [before, at] = [await readFile(await finished()), await checkpoint()];
      const half = await readFile(at);
      const place = await finished();
      await goOn({ ...(override as Partial<Settings>), tasks: ['0'] }, options);
      expect(await labelsOf(out())).toHaveLength(1);
      expect(await finishedElsewhere()).not.toBe(place);
      expect([await readFile(place), await readFile(at)]).toEqual([before, half]);
    },
  );
  const finishedElsewhere = async () => {
    const [label] = await labelsOf(out());
    return join(await artefactFolder(out(), label), NETWORK_FILE);
  };

  it('takes nothing of it into a run on other images', async () => {
    const other = join(folder.path, 'other');
    await writeDigits(other, 310);
    const place = await finished();
    await goOn({ tasks: ['0'] }, { data: { mnist: other } });
    expect(await finished()).not.toBe(place);
  });
});

describe('what is damaged', () => {
  it('is put aside with a word, by its file; the run ends with the same weights', async () => {
    await goOn();
    const whole = await weightsOf(out());
    await rm(out(), { recursive: true });
    await cp(join(root, 'made'), out(), { recursive: true });
    const bytes = await readFile(await finished());
    bytes[bytes.length - 2] ^= 4;
    await writeFile(await finished(), bytes);
    await truncate(await checkpoint(), 5000);
    await goOn();
    expect(silence.stdout()).toMatch(
      /network\.safetensors, content: expected SHA-256 .*The artefact is in .*damaged.* now, and will be made anew/,
    );
    expect(silence.stdout()).toMatch(/network\.safetensors: expected .*found 5000 bytes.*begins anew/);
    expect(await weightsOf(out())).toEqual(whole);
  });
});

describe('a checkpoint that cannot be used', () => {
  /** The one line that the run fails with; the checkpoint is as it was before. */
  async function complaint(): Promise<string> {
    const before = await readFile(await checkpoint());
    const error = await failure(() => goOn());
    expect(error).toBeInstanceOf(TaskgradError);
    const { message } = error as TaskgradError;
    expect(message).not.toContain('\n');
    expect(await readFile(await checkpoint())).toEqual(before);
    return message.replaceAll(folder.path, '');
  }
  const rewrite = async (change: (meta: Record<string, unknown>) => unknown) => {
    const path = await checkpoint();
    const { tensors, metadata } = decodeSafetensors(await readFile(path), path);
    const meta = JSON.stringify(change(JSON.parse(metadata.taskgrad ?? 'null')));
    await writeFile(path, encodeSafetensors(tensors, { taskgrad: meta }));
  };

  it.each([
    [
      'of another program',
      () => ({ format: 'pt' }),
      'state cursor: expected the checkpoint of a network in training',
    ],
    ['without its cursor', ({ cursor: _, ...rest }) => rest, 'state cursor'],
    ['with half a step', (meta) => ({ ...meta, optimizerSteps: 0.5 }), 'state optimizerSteps'],
    ['that is no object', () => 5, 'state: expected the checkpoint'],
  ] as [string, (meta: Record<string, unknown>) => unknown, string][])(
    'with metadata %s',
    async (_, change, words) => {
      await rewrite(change);
      const line = await complaint();
      expect(line).toMatch(/^job \w{12}, network: \/out\/store\/work\/\w{64}\/network.safetensors, /);
      expect(line).toContain(words);
    },
  );

  it('without the optimiser’s moments', async () => {
    const path = await checkpoint();
    const { tensors, metadata } = decodeSafetensors(await readFile(path), path);
    const weights = new Map([...tensors].filter(([name]) => name.startsWith('net.')));
    await writeFile(path, encodeSafetensors(weights, { taskgrad: metadata.taskgrad }));
    expect(await complaint()).toMatch(/network.safetensors: loadState: moment .* is missing/);
  });
});
