import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TaskgradError } from '../../runtime/errors';
import type { Settings } from '../../src/experiment/settings/presets';
import { type CommonOptions, type Session, withSession } from '../../src/cli/session';
import { trainAll } from '../../src/experiment/plans/distances.node';
import { decodeSafetensors, encodeSafetensors } from '../../src/data/safetensors';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { writeDigits } from './digits';
import { interruptedIn, optionsFor, TINY, useSilence } from './session';

let root = '';
const silence = useSilence();
const folder = useFolder();
const data = () => join(root, 'data');
const out = () => join(folder.path, 'out');
const training = async (session: Session) => void (await trainAll(session));

const resume = (override: Partial<Settings> = {}, options: Partial<CommonOptions> = {}) =>
  withSession(optionsFor(data(), out(), { resume: true, ...options }), { ...TINY, ...override }, training);

/** Two networks: the first finished, the second interrupted after a step. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-resume-'));
  await writeDigits(data());
});
beforeEach(async () => {
  const made = join(root, 'made');
  if (!(await readdir(root)).includes('made')) {
    const begun = withSession(optionsFor(data(), made), TINY, interruptedIn(SECOND, 1, training));
    await failure(() => begun);
  }
  await cp(made, out(), { recursive: true });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const FIRST = 'smallCifarNet-task0-seed0';
const SECOND = 'smallCifarNet-task3-seed0';
const checkpoint = (name: string) => join(out(), 'state', 'networks', `${name}.safetensors`);

/** The one line that a resumed run fails with; the state is as it was before. */
async function complaint(run: () => Promise<void>): Promise<string> {
  const before = await contents();
  const error = await failure(run);
  expect(error).toBeInstanceOf(TaskgradError);
  const { message } = error as TaskgradError;
  expect(message).not.toContain('\n');
  expect(await contents()).toEqual(before);
  return message.replaceAll(folder.path, '');
}

async function contents(): Promise<Record<string, string>> {
  const entries = await readdir(join(out(), 'state'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(async (file) => [file, (await readFile(file)).toString('base64')] as const);
  return Object.fromEntries(await Promise.all(read));
}

describe('--resume', () => {
  it('goes on with the network that was in training, and leaves the finished one alone', async () => {
    const before = await contents();
    await resume();
    const after = await contents();
    expect(after[checkpoint(FIRST)]).toBe(before[checkpoint(FIRST)]);
    expect(after[checkpoint(SECOND)]).not.toBe(before[checkpoint(SECOND)]);
    expect(silence.stdout()).toMatch(/task0-seed0: test accuracy .*\n.*task3-seed0: test accuracy /);
    expect(await readdir(out())).not.toContain('state.previous');
  });

  it('is refused while another run holds the folder, whose state stays as it is, with or without it', async () => {
    const errors: unknown[] = [];
    await withSession(optionsFor(data(), out(), { resume: true }), TINY, async () => {
      const before = await contents();
      errors.push(await failure(() => resume()), await failure(() => resume({}, { resume: false, seed: 5 })));
      expect(await contents()).toEqual(before);
    });
    const held = new RegExp(`^a run holds .*out: process ${process.pid} on .*Wait for it or stop it`);
    for (const error of errors) expect((error as Error).message).toMatch(held);
    expect(await readdir(out())).not.toContain('hold');
  });

  it('begins a run where there is none', async () => {
    await rm(out(), { recursive: true });
    await resume({ tasks: ['0'] });
    expect(await readdir(join(out(), 'state', 'networks'))).toEqual([`${FIRST}.safetensors`]);
  });

  it('left out, puts the earlier run aside and says where', async () => {
    const before = await readFile(checkpoint(SECOND));
    await resume({ tasks: ['0'] }, { resume: false });
    expect(silence.stdout()).toContain(
      `an earlier run's state was put aside in ${join(out(), 'state.previous')}`,
    );
    const aside = join(out(), 'state.previous', 'networks');
    expect(await readFile(join(aside, `${SECOND}.safetensors`))).toEqual(before);
    expect(await readdir(join(out(), 'state', 'networks'))).toEqual([`${FIRST}.safetensors`]);
  });

  it.each([
    ['another seed', {}, { seed: 4 }, 'seed 0, not 4'],
    ['another preset', {}, { preset: 'standard' }, 'preset "quick", not "standard"'],
    ['other tasks', { tasks: ['0'] }, {}, 'tasks ["0","3"], not ["0"]'],
    ['another width', { training: { ...TINY.training, width: 0.25 } }, {}, 'training.width 0.125, not 0.25'],
  ] as const)('refuses %s and names it', async (_, override, options, difference) => {
    expect(await complaint(() => resume(override as Partial<Settings>, options))).toBe(
      `/out holds a run that began with ${difference}; resume with the same settings, or choose another --out`,
    );
  });

  it('refuses other images', async () => {
    const other = join(folder.path, 'other');
    await writeDigits(other, 310);
    expect(await complaint(() => resume({}, { data: { mnist: other } }))).toMatch(
      /^\/out holds a run that began with mnist data of sha256 "[0-9a-f]{64}", not "[0-9a-f]{64}"; resume with the same --data/,
    );
  });
});

describe('a damaged checkpoint', () => {
  /** Weights of all networks, bit by bit. */
  async function weights(): Promise<Record<string, string>> {
    const all = [FIRST, SECOND].map(async (name) => {
      const { tensors } = decodeSafetensors(await readFile(checkpoint(name)), name);
      return [name, [...tensors].map(([key, { data }]) => `${key} ${data.join(' ')}`).join('\n')];
    });
    return Object.fromEntries(await Promise.all(all));
  }

  it('is put aside with a word, by its tensor; the run ends with the same weights', async () => {
    const bytes = await readFile(checkpoint(FIRST));
    bytes[bytes.length - 2] ^= 4;
    await writeFile(checkpoint(FIRST), bytes);
    await truncate(checkpoint(SECOND), 5000);
    await resume();
    expect(silence.stdout()).toMatch(
      /task0-seed0.safetensors, tensor net\.\S+: expected SHA-256 .*task0-seed0.safetensors.damaged now; this work begins anew/,
    );
    expect(silence.stdout()).toMatch(/task3-seed0.safetensors: expected .*found 5000 bytes.*begins anew/);
    const mended = await weights();
    await rm(out(), { recursive: true });
    await cp(join(root, 'made'), out(), { recursive: true });
    await resume();
    expect(mended).toEqual(await weights());
  });
});

describe('a state that cannot be used', () => {
  const rewrite = async (name: string, change: (meta: Record<string, unknown>) => unknown) => {
    const { tensors, metadata } = decodeSafetensors(await readFile(checkpoint(name)), name);
    const meta = JSON.stringify(change(JSON.parse(metadata.taskgrad ?? 'null')));
    await writeFile(checkpoint(name), encodeSafetensors(tensors, { taskgrad: meta }));
  };

  it.each([
    ['settings cut', 'settings.json', '{"preset": "qu', /settings.json: expected JSON, found/],
    [
      'settings of another form',
      'settings.json',
      '{"preset": 1}',
      /settings.json, field preset: expected string/,
    ],
    ['data of another form', 'data.json', '[]', /data.json: expected record, found \[\]/],
  ])('%s', async (_, file, text, words) => {
    await writeFile(join(out(), 'state', file), text);
    expect(await complaint(() => resume())).toMatch(words);
  });

  it.each([FIRST, SECOND])('a checkpoint of another network: %s', async (name) => {
    const other = name === FIRST ? SECOND : FIRST;
    await cp(checkpoint(other), checkpoint(name));
    expect(await complaint(() => resume())).toMatch(
      new RegExp(
        `^/out/state/networks/${name}.safetensors: this is of another run, with task "\\d", not "\\d"; `,
      ),
    );
  });

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
    'a checkpoint with metadata %s',
    async (_, change, words) => {
      await rewrite(SECOND, change);
      const line = await complaint(() => resume());
      expect(line).toMatch(/^\/out\/state\/networks\/smallCifarNet-task3-seed0.safetensors, /);
      expect(line).toContain(words);
    },
  );

  it('a checkpoint without the optimiser’s moments', async () => {
    const { tensors, metadata } = decodeSafetensors(await readFile(checkpoint(SECOND)), 'x');
    const weights = new Map([...tensors].filter(([name]) => name.startsWith('net.')));
    await writeFile(checkpoint(SECOND), encodeSafetensors(weights, { taskgrad: metadata.taskgrad }));
    expect(await complaint(() => resume())).toMatch(
      /task3-seed0.safetensors: loadState: moment .* is missing/,
    );
  });
});
