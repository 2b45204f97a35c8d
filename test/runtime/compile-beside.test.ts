import { afterEach, expect, test, vi } from 'vitest';
import { compileBeside, rehearse } from '../../runtime/compile-beside.node';
import { nodeHost } from '../../runtime/host.node';
import type { Dispatch } from '../../runtime/kernel';
import { Runtime } from '../../runtime/runtime';
import { backward } from '../../src/autograd/backward';
import { fillSpecs, makeTensor } from '../../src/ops/sample';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { table } from '../ops/table';
import { useGpu } from '../use-gpu';

const held = useGpu();
afterEach(() => vi.restoreAllMocks());

const LONG = ' '.repeat(8000);
const dispatchOf = (name: string): Dispatch => ({
  kernel: { name, source: LONG },
  buffers: [],
  uniforms: { rows: 3, live: { now: 5 }, steps: [1, 2], axis: { length: 7 } },
  groups: 9,
});

/** Devices that note what they are given, and take so long for it by a clock of their own. */
function fakes(milliseconds: number) {
  const given: Dispatch[][] = [];
  let disposed = 0;
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  const open = async () => {
    const own: Dispatch[] = [];
    given.push(own);
    return {
      dispatch: (dispatch: Dispatch) => void own.push(dispatch),
      idle: async () => {
        clock += milliseconds;
      },
      dispose: () => {
        disposed += 1;
      },
    } as unknown as Runtime;
  };
  return { open, given, disposed: () => disposed };
}

const FIVE = ['a', 'b', 'c', 'd', 'e'].map(dispatchOf);

test('each kernel is compiled by one of the devices, over nothing', async () => {
  const { open, given, disposed } = fakes(100);
  await compileBeside(FIVE, 2, open);
  expect(given.map(({ length }) => length).sort()).toEqual([2, 3]);
  expect(
    given
      .flat()
      .map(({ kernel }) => kernel.name)
      .sort(),
  ).toEqual(['a', 'b', 'c', 'd', 'e']);
  for (const { uniforms, groups } of given.flat()) {
    expect(uniforms).toEqual({ rows: 0, live: 0, steps: [0, 0], axis: { length: 0 } });
    expect(groups).toBe(1);
  }
  expect(disposed()).toBe(2);
});

test('a device whose first kernel was compiled before goes at once', async () => {
  const { open, given, disposed } = fakes(0);
  await compileBeside(FIVE, 2, open);
  expect(given.map(({ length }) => length)).toEqual([1, 1]);
  expect(disposed()).toBe(2);
});

test.each([
  ['little to compile', FIVE.slice(0, 2), 2],
  ['a single device', FIVE, 1],
])('%s is left to the device itself', async (_, dispatches, devices) => {
  const { open, given } = fakes(0);
  await compileBeside(dispatches, devices, open);
  expect(given).toEqual([]);
});

test('a device that does not open is done without', async () => {
  await compileBeside(FIVE, 2, () => Promise.reject(new Error('no room')));
});

/** Every dispatch of an op's samples and their gradients, none of which is made. */
function dispatchesOf(gpu: Gpu): Dispatch[] {
  const { runtime } = gpu;
  const made = new Map<string, Dispatch>();
  const kernels = new Map<unknown, number>();
  vi.spyOn(runtime, 'dispatch').mockImplementation((dispatch) => {
    const { kernel, constants } = dispatch;
    const number = kernels.get(kernel) ?? kernels.size;
    kernels.set(kernel, number);
    made.set(`${number} ${JSON.stringify(constants)}`, dispatch);
  });
  for (const [, op] of table)
    for (const { args } of op.record.samples())
      gpu.scope(() => {
        const inputs: Tensor[] = [];
        const filled = fillSpecs(args, (spec) => {
          inputs.push(makeTensor(gpu, spec, new Random(1)));
          return inputs[inputs.length - 1];
        });
        const output = op(...(filled as never)) as Tensor;
        void output.buffer;
        if (!output.requiresGrad) return;
        backward(output, gpu.ones(output.shape));
        for (const { grad } of inputs) void grad?.buffer;
      });
  return [...made.values()];
}

test('every kernel of every op ends when it is dispatched over nothing', { timeout: 300_000 }, async () => {
  const { gpu } = held;
  const dispatches = dispatchesOf(gpu);
  vi.restoreAllMocks();
  expect(dispatches.length).toBeGreaterThan(300);
  const runtime = await Runtime.open(nodeHost, { adapter: gpu.adapter.kind });
  for (const dispatch of dispatches) rehearse(runtime, dispatch);
  await runtime.idle();
  runtime.check();
  runtime.dispose();
});
