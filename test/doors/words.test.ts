import { expect, test } from 'vitest';
import * as api from '../../src/node';
import { useGpu } from '../use-gpu';

const held = useGpu();
const any = (value: unknown) => value as never;
const set = (images: unknown) => ({
  name: 'mine',
  images,
  labels: new Uint8Array(1),
  shape: [1, 2, 2],
  classes: ['a'],
});
const params = () => new api.nn.Linear(held.gpu, 4, 2).parameters();

/** What people wrote, and the one line that each gets: what was given, what was expected, what to write. */
const LINES: [string, () => unknown, string][] = [
  [
    'new optim.Adam([w])',
    () => new api.optim.Adam(any([held.gpu.ones([1])])),
    'Adam: parameters is an array of 1, expected a Map of names to tensors, such as net.parameters()',
  ],
  [
    'new optim.SGD(params)',
    () => new api.optim.SGD(params(), any(undefined)),
    'SGD: options is missing, expected an object of options such as { lr: 0.01 }',
  ],
  [
    'new optim.SGD(params, {})',
    () => new api.optim.SGD(params(), any({})),
    'SGD: lr is missing, expected a number of at least 0',
  ],
  [
    'new nn.Linear(4, 2)',
    () => new api.nn.Linear(any(4), 2, any(undefined)),
    'Linear: gpu is 4, expected the GPU that openGpu() gives',
  ],
  [
    "gpu.tensor([1, 'x'], [2])",
    () => held.gpu.tensor(any([1, 'x']), [2]),
    "tensor: data[1] is 'x', expected a number",
  ],
  [
    "dtype: 'float64'",
    () => held.gpu.zeros([1], { dtype: any('float64') }),
    "tensor: dtype is 'float64', expected 'f32', 'f16', 'i32', 'u32' or 'u8'",
  ],
  [
    'new DeviceImages(gpu, set)',
    () => new api.data.DeviceImages(held.gpu, any(set(new Uint8Array(4))), any(undefined)),
    'DeviceImages: view is missing, expected an object of options: { mean, std, pad, channels }',
  ],
  [
    'new DeviceImages(gpu, set, {})',
    () => new api.data.DeviceImages(held.gpu, any(set(new Uint8Array(4))), any({})),
    'DeviceImages: mean is missing, expected an array of numbers',
  ],
  [
    'a Float32Array as images',
    () => new api.data.DeviceImages(held.gpu, any(set(new Float32Array(4))), { mean: [0], std: [1] }),
    'DeviceImages: images is a Float32Array of 4, expected a Uint8Array of grey values from 0 to 255; write Uint8Array.from(pixels',
  ],
  ['relu(5)', () => api.ops.relu(any(5)), 'relu: x is 5, expected a tensor of f32 or f16'],
  [
    'matmul(a, null)',
    () => api.ops.matmul(held.gpu.ones([1, 1]), any(null)),
    'matmul: b is null, expected a tensor of f32 or f16',
  ],
  [
    'linear(x, w, null)',
    () => api.ops.linear(held.gpu.ones([1, 1]), held.gpu.ones([1, 1]), any(null)),
    'linear: bias is null, expected a tensor of f32 or f16',
  ],
  ['add(1, 2)', () => api.ops.add(1, 2), 'add: no argument is a tensor, expected at least one'],
  [
    'a tensor that is still awaited',
    () => api.ops.relu(any(Promise.resolve(1))),
    'relu: x is a Promise; await it first, expected a tensor',
  ],
  [
    'slice with a fraction',
    () => api.ops.slice(held.gpu.ones([4]), 0, 0.5),
    'slice: start is 0.5, expected a whole number',
  ],
  [
    'slice to a fraction',
    () => api.ops.slice(held.gpu.ones([4]), 0, 0, 2.5),
    'slice: end is 2.5, expected a whole number',
  ],
  [
    'a list in Sequential',
    () => new api.nn.Sequential(any([new api.nn.ReLU()])),
    'Sequential: layers[0] is an array of 1, expected a module',
  ],
  [
    'loadStateDict of a plain object',
    () => new api.nn.Linear(held.gpu, 1, 1).loadStateDict(any({})),
    'loadStateDict: state is a plain object, expected a Map; write new Map(Object.entries(…))',
  ],
];
test.each(LINES)('%s', (_, call, line) => {
  let message = '';
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(api.TaskgradError);
    message = String((error as Error).message);
  }
  expect(message.startsWith(line), message).toBe(true);
  expect(message).not.toContain('\n');
});

test('a state dict of torchvision, with its counters, loads', async () => {
  const norm = new api.nn.BatchNorm2d(held.gpu, 2);
  const two = (value: number) => ({ shape: [2], data: Float32Array.of(value, value) });
  const state = new Map<string, { shape: number[]; data: ArrayLike<number> }>([
    ['weight', two(1.5)],
    ['bias', two(2)],
    ['running_mean', two(3)],
    ['running_var', two(4)],
    ['num_batches_tracked', { shape: [], data: [7] }],
  ]);
  norm.loadStateDict(state);
  expect([...((await norm.weight?.data()) ?? [])]).toEqual([1.5, 1.5]);
  expect([...(await norm.running_var.data())]).toEqual([4, 4]);
  expect(() => norm.loadStateDict(new Map([...state, ['extra', two(0)]]))).toThrow(
    'extra is not in this network',
  );
});

test('labels and places in plain lists are read as whole numbers, and refused where they are none', async () => {
  const images = new api.data.DeviceImages(held.gpu, any(set(Uint8Array.of(0, 85, 170, 255))), {
    mean: [0],
    std: [1],
  });
  const order = images.order(any([0, 0]), any([1, 2]));
  const { inputs, labels } = images.batch(order, 0, 2);
  expect([...(await labels.data())]).toEqual([1, 2]);
  const pixels = [...(await inputs.data())];
  for (const [i, value] of [0, 1 / 3, 2 / 3, 1].entries()) expect(pixels[4 + i]).toBeCloseTo(value, 6);
  expect(() => images.order(any([0]), any([1.5]))).toThrow(
    'expected labels that are whole numbers, found 1.5',
  );
  expect(() => images.order(any([0.5]), any([1]))).toThrow('indices from 0 to 0, found 0.5');
});

test('openGpu names the adapters that there are', async () => {
  await expect(api.openGpu({ adapter: any('vulkan') })).rejects.toThrow(
    "openGpu: adapter is 'vulkan', expected 'auto', 'gpu', 'lavapipe', 'swiftshader'",
  );
  await expect(api.openGpu(any('gpu'))).rejects.toThrow(
    "openGpu: options is 'gpu', expected an object of options",
  );
});
