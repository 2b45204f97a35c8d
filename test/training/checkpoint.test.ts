import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DataError } from '../../src/data/errors';
import { encodeSafetensors } from '../../src/data/safetensors';
import { Linear, Sequential } from '../../src/nn/layers';
import { StateDictError } from '../../src/nn/module';
import { ShapeError } from '../../src/tensor/shape';
import { loadTensors, saveTensors } from '../../src/training/checkpoint.node';
import { useFolder } from '../data/folder';
import { useGpu } from '../use-gpu';
import { toyNet } from './toy';

const held = useGpu();
const folder = useFolder();
const path = () => join(folder.path, 'deep', 'net.safetensors');
const anything = (meta: unknown) => meta;

describe('saveTensors and loadTensors', () => {
  test('round trip tensors of any rank, and JSON beside them', async () => {
    const { gpu } = held;
    const values = Float32Array.of(1, -0, 3.4e38, 1e-40, Number.POSITIVE_INFINITY, 0.1);
    const meta = { cursor: { epoch: 3, history: [{ loss: 0.1 }] }, note: 'é' };
    await saveTensors(
      path(),
      new Map([
        ['a.weight', gpu.tensor(values, [2, 3, 1])],
        ['scalar', gpu.tensor([7], [])],
      ]),
      meta,
    );
    const loaded = await loadTensors(path(), anything);
    expect(loaded.meta).toEqual(meta);
    expect(loaded.tensors.get('a.weight')).toEqual({ dtype: 'F32', shape: [2, 3, 1], data: values });
    expect(loaded.tensors.get('scalar')).toEqual({ dtype: 'F32', shape: [], data: Float32Array.of(7) });
    expect(loaded.tensors.size).toBe(2);
  });

  test('bring a network back', async () => {
    const [from, to] = [toyNet(held.gpu, 1), toyNet(held.gpu, 2)];
    await saveTensors(path(), from.stateDict());
    to.loadStateDict((await loadTensors(path(), anything)).tensors);
    for (const [name, tensor] of to.stateDict()) {
      expect(await tensor.data()).toEqual(await from.stateDict().get(name)?.data());
    }
  });

  test('a file of another architecture is refused in one line, and the network keeps its weights', async () => {
    const net = toyNet(held.gpu);
    const other = new Sequential(new Linear(held.gpu, 2, 3));
    await saveTensors(path(), other.stateDict());
    const { tensors } = await loadTensors(path(), anything);
    const before = await net.stateDict().get('0.weight')?.data();
    const load = () => net.loadStateDict(tensors);
    expect(load).toThrow(StateDictError);
    expect(load).toThrow(/^loadStateDict: the state is of another architecture: .*6\.weight is missing.*$/);
    expect(await net.stateDict().get('0.weight')?.data()).toEqual(before);
  });

  test('a cut file says so and names itself', async () => {
    await saveTensors(path(), toyNet(held.gpu).stateDict());
    const whole = await readFile(path());
    await writeFile(path(), whole.subarray(0, whole.length - 5));
    const load = loadTensors(path(), anything);
    await expect(load).rejects.toThrow(DataError);
    await expect(load).rejects.toMatchObject({ code: 'DATA_CUT' });
    await expect(load).rejects.toThrow(path());
  });

  test('a flipped bit is noticed wherever it is, and its tensor named', async () => {
    const meta = { cursor: { epoch: 3 } };
    const values = Float32Array.from({ length: 40 }, (_, i) => i / 7);
    const stored = new Map([
      ['a', held.gpu.tensor(values, [40])],
      [
        'b.weight',
        held.gpu.tensor(
          values.map((x) => -x),
          [5, 8],
        ),
      ],
    ]);
    await saveTensors(path(), stored, meta, { of: { seed: 5 } });
    const whole = await readFile(path());
    const before = await loadTensors(path(), anything, { seed: 5 });
    expect(before.isChecked).toBe(true);
    const complaints: string[] = [];
    for (let at = 0; at < whole.length; at += 3) {
      const bytes = Uint8Array.from(whole);
      bytes[at] ^= 1 << (at % 8);
      await writeFile(path(), bytes);
      try {
        // What can be read at all is what was written: the bit was in the name of the checksums, say.
        const { tensors, meta } = await loadTensors(path(), anything, { seed: 5 });
        expect({ tensors, meta }, `bit of byte ${at}`).toEqual({
          tensors: before.tensors,
          meta: before.meta,
        });
      } catch (error) {
        complaints.push(error instanceof DataError ? error.message : String(error));
      }
    }
    const naming = (name: string) =>
      complaints.filter((line) => line.includes(`, ${name}: expected SHA-256 `));
    expect(naming('tensor a').length).toBeGreaterThanOrEqual(53);
    expect(naming('tensor b.weight').length).toBeGreaterThanOrEqual(53);
    expect(complaints.length).toBeGreaterThan(0.3 * whole.length);
    expect(complaints.filter((line) => !line.includes('net.safetensors'))).toEqual([]);
  });

  test('a file without checksums is read, and one of something else is refused', async () => {
    await saveTensors(path(), toyNet(held.gpu).stateDict(), {}, { of: { seed: 5, lr: 0.1 } });
    const other = loadTensors(path(), anything, { seed: 0, lr: 0.1 });
    await expect(other).rejects.toMatchObject({ code: 'DATA_OTHER' });
    await expect(other).rejects.toThrow(/net.safetensors: this is of another run, with seed 5, not 0; /);
    await writeFile(path(), encodeSafetensors(new Map(), { taskgrad: '{"epoch":3}' }));
    const { meta, isChecked } = await loadTensors(path(), anything, { seed: 0 });
    expect({ meta, isChecked }).toEqual({ meta: { epoch: 3 }, isChecked: false });
  });

  test('the file before it is kept where that is asked for', async () => {
    const save = (value: number, keepPrevious: boolean) =>
      saveTensors(path(), new Map([['w', held.gpu.full([1], value)]]), {}, { keepPrevious });
    for (const [value, keep] of [
      [1, false],
      [2, true],
      [3, true],
    ] as const)
      await save(value, keep);
    const first = async (file: string) => (await loadTensors(file, anything)).tensors.get('w')?.data[0];
    expect([await first(path()), await first(`${path()}.previous`)]).toEqual([3, 2]);
  });

  test('a file that is not there says so', async () => {
    const load = loadTensors(path(), anything);
    await expect(load).rejects.toMatchObject({ code: 'DATA_MISSING' });
    await expect(load).rejects.toThrow(`${path()}: expected a readable checkpoint, found no such file`);
  });

  test('a folder in its place is refused', async () => {
    await mkdir(path(), { recursive: true });
    await expect(loadTensors(path(), anything)).rejects.toMatchObject({ code: 'DATA_UNREADABLE' });
  });

  test('JSON that is none is refused, and what the schema throws passes', async () => {
    await mkdir(join(folder.path, 'deep'));
    await writeFile(path(), encodeSafetensors(new Map(), { taskgrad: '{"epoch":' }));
    await expect(loadTensors(path(), anything)).rejects.toMatchObject({ code: 'DATA_FORMAT' });
    await writeFile(path(), encodeSafetensors(new Map(), { taskgrad: '{"epoch":"3"}' }));
    const parse = (meta: unknown) => z.object({ epoch: z.number() }).parse(meta);
    await expect(loadTensors(path(), parse)).rejects.toThrow(z.ZodError);
  });

  test('tensors of whole numbers are refused, and no file is made', async () => {
    const labels = held.gpu.tensor(Int32Array.of(1), [1]);
    await expect(saveTensors(path(), new Map([['labels', labels]]))).rejects.toThrow(ShapeError);
    expect(await readdir(folder.path)).toEqual([]);
  });
});
