import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openGpu } from '../../src/node';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import type { Op } from '../../src/ops/define';
import { matmul } from '../../src/ops/matmul/matmul';
import { randn, type Sample, sample } from '../../src/ops/sample';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import { expectClose } from '../reference/close';
import { matmul as reference } from '../reference/matmul';
import { ref } from '../reference/ref';
import { deviceOn, download } from './device';
import { expectSame, inF64, makeCase, onGpu } from './op-case';

/* What only SwiftShader does: four lanes swap what they read. */

let gpu: Gpu;
const device = deviceOn({
  get gpu() {
    return gpu;
  },
});
beforeAll(async () => {
  gpu = await openGpu({ adapter: 'swiftshader' });
});
afterAll(() => gpu.dispose());

const CASES: readonly [Sample<Parameters<typeof conv2d>>, string][] = [
  [
    sample('a width of whole quads', randn([2, 8, 3, 8]), randn([20, 8, 3, 3]), {
      bias: randn([20]),
      padding: 1,
    }),
    'conv2d.lanes16.3',
  ],
  [
    sample('outputs that fill no quad, a stride', randn([2, 5, 6, 7]), randn([9, 5, 2, 3]), { stride: 2 }),
    'conv2d.lanesWeight8.3',
  ],
  [
    sample('rows that are no whole quads', randn([2, 4, 5, 7]), randn([8, 1, 3, 3]), {
      groups: 4,
      padding: 1,
    }),
    'conv2d.streamWeight.3x3',
  ],
];

/** Names of the kernels that `work` runs. */
async function kernelsOf(work: () => Promise<void>): Promise<string[]> {
  const run = vi.spyOn(gpu.kernels, 'run');
  await work();
  const names = run.mock.calls.map(([{ name }]) => name);
  run.mockRestore();
  return names;
}

for (const [{ title, args }, kernel] of CASES) {
  test(`conv2d on SwiftShader › ${title}: the result, gradients and per-sample squares are those of f64`, async () => {
    const asked = makeCase(conv2d as unknown as Op<never>, args);
    const names = await kernelsOf(async () => expectSame(await onGpu(device, asked), inF64(asked)));
    expect(names).toContain(kernel);
  });
}

test.each([false, true])(
  'matmul on SwiftShader › a tile over each edge, b transposed: %s, is that of f64',
  async (transposeB) => {
    const random = new Random(3);
    const drawn = (...shape: number[]) =>
      ref(
        shape,
        Array.from({ length: shape[0] * shape[1] }, () => Math.fround(random.normal())),
      );
    const a = drawn(40, 64);
    const b = transposeB ? drawn(54, 64) : drawn(64, 54);
    const names = await kernelsOf(async () => {
      const found = await download(matmul(device.upload(a), device.upload(b), { transposeB }));
      expectClose(found, reference(a, b, { transposeB }), { relative: 2e-5, absolute: 2e-5 });
    });
    expect(names).toEqual(['matmul.quads16']);
  },
);
