import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { StoredValueError } from '../../src/data/errors';
import { decodeSafetensors, encodeSafetensors, type LoadedTensor } from '../../src/data/safetensors';
import { BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { StateDictError, type StateEntry } from '../../src/nn/module';
import { loadTensors } from '../../src/training/checkpoint.node';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const held = useGpu();
const PATH = fileURLToPath(new URL('../golden/torch-state.safetensors', import.meta.url));
/** What is in the file beside the state dict. */
const BESIDE = /^(special|input|output)/;

const network = () =>
  new Sequential(
    new Conv2d(held.gpu, 2, 3, 3),
    new BatchNorm2d(held.gpu, 3),
    new ReLU(),
    new Flatten(),
    new Linear(held.gpu, 27, 4),
  );

function found(tensors: ReadonlyMap<string, LoadedTensor>, name: string): LoadedTensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`the file has no ${name}`);
  return tensor;
}

const stateIn = (tensors: ReadonlyMap<string, LoadedTensor>) =>
  new Map([...tensors].filter(([name]) => !BESIDE.test(name)));

/** The state of a network as plain entries, with one of them as a file holds it in another type. */
async function stateWith(name: string, dtype: string, data: Uint8Array) {
  const net = network();
  const [, { shape }] = [...net.stateDict()].find(([key]) => key === name) ?? ['', { shape: [] }];
  const header = JSON.stringify({ [name]: { dtype, shape, data_offsets: [0, data.length] } });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const { tensors } = decodeSafetensors(Buffer.concat([length, Buffer.from(header), data]), 'a.safetensors');
  const state = new Map<string, StateEntry>([...net.stateDict(), ...tensors]);
  return { net, state };
}

describe('a state dict of PyTorch with F16, BF16, F64 and I64 tensors', () => {
  test.each([
    ['decodeSafetensors', async () => decodeSafetensors(readFileSync(PATH), 'state').tensors],
    ['loadTensors', async () => (await loadTensors(PATH, () => undefined)).tensors],
  ])('is loaded from what %s reads, and the network computes what PyTorch does', async (_, load) => {
    const tensors = await load();
    const net = network();
    net.loadStateDict(stateIn(tensors));
    const { data, shape } = found(tensors, 'input');
    const output = net.eval().forward(held.gpu.tensor(Float32Array.from(data), shape));
    const expected = found(tensors, 'output');
    expectClose(
      ref(output.shape, await output.data()),
      ref(expected.shape, Float64Array.from(expected.data)),
      { relative: 1e-5, absolute: 1e-6 },
    );
  });

  test('has the count of batches, as a whole number', () => {
    const { tensors } = decodeSafetensors(readFileSync(PATH), 'state');
    expect(found(tensors, '1.num_batches_tracked')).toEqual({
      dtype: 'I32',
      shape: [],
      data: Int32Array.of(1),
    });
  });

  test.each(['half', 'bfloat'])('has the numbers of PyTorch’s own conversion: %s', (type) => {
    const { tensors } = decodeSafetensors(readFileSync(PATH), 'state');
    const [own, torch] = [found(tensors, `special.${type}`), found(tensors, `special.${type}.float`)];
    expect(own.dtype).toBe('F32');
    expect([...own.data].map((value) => (Object.is(value, -0) ? '-0' : value))).toEqual(
      [...torch.data].map((value) => (Object.is(value, -0) ? '-0' : value)),
    );
  });

  test('can be written again by us, as what it was read as', () => {
    const { tensors } = decodeSafetensors(readFileSync(PATH), 'state');
    const again = decodeSafetensors(encodeSafetensors(tensors), 'again').tensors;
    expect(new Map([...again].sort())).toEqual(new Map([...tensors].sort()));
  });
});

describe('a value that would become another', () => {
  const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer);

  test('in a tensor that the network has is refused by name, with nothing loaded', async () => {
    const { net, state } = await stateWith('4.bias', 'F64', bytesOf(Float64Array.of(0.5, 1, 0.1, 2)));
    const before = await Promise.all([...net.stateDict().values()].map((tensor) => tensor.data()));
    const load = () => net.loadStateDict(state);
    expect(load).toThrow(StoredValueError);
    expect(load).toThrow('a.safetensors: tensor "4.bias": F64 value 0.1 at [2] is not exact in f32');
    expect(await Promise.all([...net.stateDict().values()].map((tensor) => tensor.data()))).toEqual(before);
  });

  test('in a tensor that nothing reads does no harm', async () => {
    const { net, state } = await stateWith(
      '1.num_batches_tracked',
      'I64',
      bytesOf(BigInt64Array.of(2n ** 40n)),
    );
    expect(() => net.loadStateDict(state)).not.toThrow();
  });

  test('of whole numbers that f32 does not hold is refused by name', async () => {
    const exact = await stateWith(
      '4.bias',
      'I64',
      bytesOf(BigInt64Array.of(1n, -2n, 2n ** 24n, 2n ** 25n + 4n)),
    );
    exact.net.loadStateDict(exact.state);
    const loaded = await exact.net.stateDict().get('4.bias')?.data();
    expect([...(loaded ?? [])]).toEqual([1, -2, 2 ** 24, 2 ** 25 + 4]);

    const { net, state } = await stateWith(
      '4.bias',
      'I64',
      bytesOf(BigInt64Array.of(1n, 2n ** 24n + 1n, 0n, 0n)),
    );
    expect(() => net.loadStateDict(state)).toThrow(StateDictError);
    expect(() => net.loadStateDict(state)).toThrow('4.bias holds 16777217, which is not exact in f32');
  });

  test('of bigints in an array of one’s own is refused in words', async () => {
    const net = network();
    const data = BigInt64Array.of(1n, 2n, 3n, 4n) as unknown as number[];
    const state = new Map<string, StateEntry>([...net.stateDict(), ['4.bias', { shape: [4], data }]]);
    const load = () => net.loadStateDict(state);
    expect(load).toThrow(StateDictError);
    expect(load).toThrow('4.bias holds bigints, expected numbers: Int32Array.from(data, Number)');
  });
});
