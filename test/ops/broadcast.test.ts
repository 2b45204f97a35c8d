import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openGpu } from '../../src/node';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import type { Op } from '../../src/ops/define';
import { matmul } from '../../src/ops/matmul/matmul';
import { randn, type Sample, sample } from '../../src/ops/sample';
import type { Gpu } from '../../src/tensor/gpu';
import { deviceOn } from './device';
import { expectSame, inF64, makeCase, onGpu } from './op-case';

/* What only SwiftShader does: the lanes of a subgroup broadcast what they read. */

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

const CASES = [
  [
    matmul,
    sample('rows over the edge, and columns that fill no quad', randn([19, 64]), randn([64, 22])),
    'matmul.broadcast16',
  ],
  [
    conv2d,
    sample('a width of whole quads', randn([2, 4, 5, 8]), randn([18, 4, 3, 3]), {
      bias: randn([18]),
      padding: 1,
    }),
    'conv2d.lanes16.3',
  ],
  [
    conv2d,
    sample('outputs that fill no quad, a stride', randn([2, 5, 6, 7]), randn([9, 5, 2, 3]), { stride: 2 }),
    'conv2d.lanes8.3',
  ],
] as unknown as [Op<never>, Sample<readonly unknown[]>, string][];

for (const [op, { title, args }, kernel] of CASES) {
  test(`${op.record.name} on SwiftShader › ${title}: broadcasts give the result, gradients and per-sample squares of f64`, async () => {
    const asked = makeCase(op, args);
    const run = vi.spyOn(gpu.kernels, 'run');
    expectSame(await onGpu(device, asked), inF64(asked));
    expect(run.mock.calls.map(([{ name }]) => name)).toContain(kernel);
    run.mockRestore();
  });
}
