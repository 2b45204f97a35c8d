import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataset, defineKind, folderStore, JobError, run } from '../../src/experiment/public.node';
import type { Gpu } from '../../src/tensor/gpu';
import { InterruptedError } from '../../src/training/errors';

/** Jobs of these tests use no GPU: only the kind of its adapter is in their keys. */
const gpuOf = (kind: string) => ({ adapter: { kind } }) as unknown as Gpu;
const gpu = gpuOf('lavapipe');

const aNumber = (value: unknown): number => {
  if (typeof value !== 'number') throw new TypeError('no number');
  return value;
};

let root: string;
let runs: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-store-'));
  runs = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const square = defineKind({
  name: 'square',
  version: 1,
  check: aNumber,
  run: async (work, { of }: { of: number }) => {
    runs.push(`square ${of}`);
    await writeFile(work.file('steps.txt'), `${of} * ${of}`);
    return { value: of * of, files: ['steps.txt'] };
  },
});
const sum = defineKind({
  name: 'sum',
  version: 1,
  check: aNumber,
  run: async (_, { terms }: { terms: readonly { readonly value: number }[] }) => {
    runs.push('sum');
    return { value: terms.reduce((total, { value }) => total + value, 0) };
  },
});

describe('an experiment', () => {
  const plan = async (job: Parameters<Parameters<typeof run>[0]>[0]) => {
    const terms = await Promise.all([1, 2, 3, 2].map((of) => job(square, { of })));
    return (await job(sum, { terms })).value;
  };

  test('does each job once, and a second time none', async () => {
    const store = folderStore(root);
    expect(await run(plan, { gpu, store })).toBe(1 + 4 + 9 + 4);
    expect(runs.toSorted()).toEqual(['square 1', 'square 2', 'square 3', 'sum']);
    expect(runs.at(-1)).toBe('sum');
    expect(await run(plan, { gpu, store: folderStore(root) })).toBe(18);
    expect(runs).toHaveLength(4);
    expect(await readdir(join(root, 'work'))).toEqual([]);
  });

  test('does again what another adapter, another version or other inputs give', async () => {
    const store = folderStore(root);
    await run((job) => job(square, { of: 2 }), { gpu, store });
    await run((job) => job(square, { of: 2 }), { gpu: gpuOf('swiftshader'), store });
    await run((job) => job({ ...square, version: 2 }, { of: 2 }), { gpu, store });
    await run((job) => job(square, { of: 3 }), { gpu, store });
    expect(runs).toHaveLength(4);
  });

  test('keeps the files that a job names', async () => {
    const made = await run((job) => job(square, { of: 7 }), { gpu, store: folderStore(root) });
    expect(await readFile(made.file('steps.txt'), 'utf8')).toBe('7 * 7');
    expect(() => made.file('other')).toThrow("has no file 'other'; its files are steps.txt");
  });

  test('knows data by what they hold', async () => {
    const mean = defineKind({
      name: 'mean',
      version: 1,
      check: aNumber,
      run: async (_, { data }: { data: { readonly content: { readonly x: Float32Array } } }) => {
        runs.push('mean');
        const { x } = data.content;
        return { value: x.reduce((a, b) => a + b) / x.length };
      },
    });
    const of = (name: string, ...x: number[]) => dataset(name, { x: Float32Array.from(x) });
    const store = folderStore(root);
    const values = async (...sets: ReturnType<typeof of>[]) =>
      run((job) => Promise.all(sets.map((data) => job(mean, { data }).then(({ value }) => value))), {
        gpu,
        store,
      });
    expect(await values(of('a', 1, 2), of('b', 1, 2), of('a', 1, 4))).toEqual([1.5, 1.5, 2.5]);
    expect(runs).toEqual(['mean', 'mean']);
  });

  test('says which job failed and why, and goes on with the others', async () => {
    const fails = defineKind({
      name: 'fails',
      version: 1,
      check: aNumber,
      run: async (_, { of }: { of: number }): Promise<{ value: number }> => {
        if (of === 2) throw new RangeError('2 is too much');
        return { value: of };
      },
    });
    const results = await run((job) => Promise.allSettled([1, 2, 3].map((of) => job(fails, { of }))), {
      gpu,
      store: folderStore(root),
    });
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const [, failed] = results;
    expect(failed.status === 'rejected' && failed.reason).toBeInstanceOf(JobError);
    expect(failed.status === 'rejected' && failed.reason.message).toMatch(
      /^job [0-9a-f]{12}, fails: 2 is too much$/,
    );
  });

  test('goes on with a job from what an interrupted one has left', async () => {
    const stop = new AbortController();
    const slow = defineKind({
      name: 'slow',
      version: 1,
      check: aNumber,
      run: async (work, { steps }: { steps: number }) => {
        const file = work.file('step');
        let step = Number(await readFile(file, 'utf8').catch(() => '0'));
        runs.push(`from ${step}`);
        for (; step < steps; step++) {
          await writeFile(file, String(step));
          if (step === 3) stop.abort();
          if (work.signal.aborted && runs.length === 1) throw new InterruptedError();
        }
        return { value: step };
      },
    });
    const store = folderStore(root);
    const begun = run((job) => job(slow, { steps: 6 }), { gpu, store, signal: stop.signal });
    await expect(begun).rejects.toThrow(InterruptedError);
    expect((await run((job) => job(slow, { steps: 6 }), { gpu, store })).value).toBe(6);
    expect(runs).toEqual(['from 0', 'from 3']);
  });

  test('two on one store share the work', async () => {
    const both = [folderStore(root), folderStore(root)].map((store) => run(plan, { gpu, store }));
    expect(await Promise.all(both)).toEqual([18, 18]);
    expect(runs.toSorted()).toEqual(['square 1', 'square 2', 'square 3', 'sum']);
  });

  test('puts a damaged artefact aside and makes it anew', async () => {
    const said: string[] = [];
    const store = folderStore(root, { say: (text) => void said.push(text) });
    const made = await run((job) => job(square, { of: 5 }), { gpu, store });
    await writeFile(made.file('steps.txt'), '5 + 5');
    expect((await run((job) => job(square, { of: 5 }), { gpu, store })).value).toBe(25);
    expect(runs).toEqual(['square 5', 'square 5']);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /steps\.txt.*expected SHA-256 .*The artefact is in .*damaged.* now, and will be made anew$/,
    );
  });
});
