import { beforeAll, expect, test, vi } from 'vitest';
import { conv1d } from '../../src/ops/conv2d/conv1d';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import type { Conv2dOptions } from '../../src/ops/conv2d/define';
import { convTranspose1d, convTranspose2d } from '../../src/ops/conv2d/transpose';
import type { Op } from '../../src/ops/define';
import { linear } from '../../src/ops/matmul/linear';
import { matmul } from '../../src/ops/matmul/matmul';
import { randn, type Sample, sample } from '../../src/ops/sample';
import type { Tensor } from '../../src/tensor/tensor';
import type { Way } from '../../src/tensor/variants';
import { useDevice } from './device';
import { expectSame, inF64, makeCase, onGpu, type Results } from './op-case';

const device = useDevice();
/** Ways to do an op's work, as in 'conv2d lanes': those there are, and those that did it. */
const ways = { known: new Set<string>(), done: new Set<string>() };
beforeAll(() => {
  const { variants } = device.gpu;
  const pick = variants.pick.bind(variants);
  vi.spyOn(variants, 'pick').mockImplementation((op, sizes, inputs, waysOn) =>
    pick(op, sizes, inputs, (...operands) =>
      waysOn(...operands).map(([name, run]): Way<unknown> => {
        const way = `${op} ${name}`;
        ways.known.add(way);
        return [
          name,
          () => {
            const result = run();
            if (result !== undefined) ways.done.add(way);
            return result;
          },
        ];
      }),
    ),
  );
});

/** Longer than any sample, so that a product may be added up in parts. */
const LONG_K = sample<[Tensor, Tensor]>('a long row against a long column', randn([3, 256]), randn([256, 4]));
/** For tiles: whole quads and others, zeros of every width that they take, a border that no tile fills. */
const TILED = [
  sample<[Tensor, Tensor, Conv2dOptions]>('3×3 over whole quads', randn([1, 8, 4, 8]), randn([9, 8, 3, 3]), {
    ...{ padding: 1, bias: randn([9]), activation: 'relu' },
  }),
  sample<[Tensor, Tensor, Conv2dOptions]>(
    '3×3 with two zeros around',
    randn([2, 8, 2, 3]),
    randn([8, 8, 3, 3]),
    { padding: 2 },
  ),
  sample<[Tensor, Tensor, Conv2dOptions]>('3×3 without zeros', randn([1, 8, 5, 4]), randn([8, 8, 3, 3]), {
    padding: [0, 1],
  }),
];
/** Rows that are no whole groups of four columns, and kernels that see few channels. */
const RAGGED = [
  sample<[Tensor, Tensor, Conv2dOptions]>(
    'depthwise over rows of 7',
    randn([3, 4, 5, 7]),
    randn([4, 1, 3, 3]),
    {
      ...{ padding: 1, groups: 4, bias: randn([4]), activation: 'relu' },
    },
  ),
  sample<[Tensor, Tensor, Conv2dOptions]>(
    '5×5, two filters a channel, rows of 6',
    randn([2, 3, 4, 6]),
    randn([6, 1, 5, 5]),
    {
      ...{ padding: 2, groups: 3 },
    },
  ),
  sample<[Tensor, Tensor, Conv2dOptions]>(
    'holes between taps, rows of 5',
    randn([2, 2, 6, 5]),
    randn([2, 1, 3, 3]),
    {
      ...{ padding: 2, dilation: 2, groups: 2 },
    },
  ),
  sample<[Tensor, Tensor, Conv2dOptions]>(
    'rows of 3, a kernel wider than they are',
    randn([2, 1, 3, 3]),
    randn([5, 1, 1, 7]),
    {
      padding: [0, 3],
    },
  ),
  sample<[Tensor, Tensor, Conv2dOptions]>(
    'three channels, rows of 14',
    randn([2, 3, 40, 14]),
    randn([8, 3, 3, 3]),
    {
      padding: 1,
    },
  ),
];
/** For lines: 3 and 5 taps a row, turns and subgroups that nothing fills, rows longer than a subgroup and shorter. */
const LINED = [
  sample<[Tensor, Tensor, Conv2dOptions]>(
    '5 taps a row, in groups',
    randn([2, 4, 5, 8]),
    randn([16, 2, 3, 5]),
    {
      ...{ padding: [1, 2], groups: 2, bias: randn([16]), activation: 'relu' },
    },
  ),
  sample<[Tensor, Tensor, Conv2dOptions]>(
    '3 taps a row, fewer rows out',
    randn([2, 3, 6, 12]),
    randn([9, 3, 3, 3]),
    {
      padding: [0, 1],
    },
  ),
  sample<[Tensor, Tensor, Conv2dOptions]>('a stride downwards', randn([2, 2, 7, 4]), randn([8, 2, 5, 3]), {
    ...{ padding: [2, 1], stride: [2, 1] },
  }),
  sample<[Tensor, Tensor, Conv2dOptions]>('holes downwards', randn([1, 2, 7, 8]), randn([8, 2, 3, 3]), {
    ...{ padding: [2, 1], dilation: [2, 1] },
  }),
  sample<[Tensor, Tensor, Conv2dOptions]>('rows of ten quads', randn([2, 1, 3, 40]), randn([8, 1, 1, 5]), {
    padding: [0, 2],
  }),
];
const CASES = [
  [conv1d, conv1d.record.samples()],
  [conv2d, [...conv2d.record.samples(), ...TILED, ...LINED, ...RAGGED]],
  [convTranspose1d, convTranspose1d.record.samples()],
  [convTranspose2d, convTranspose2d.record.samples()],
  [matmul, [...matmul.record.samples(), LONG_K]],
  [linear, linear.record.samples()],
] as unknown as [Op<never>, Sample<readonly unknown[]>[]][];

for (const [op, samples] of CASES) {
  for (const { title, args } of samples) {
    test(`${op.record.name} › ${title}: every kernel gives the result, gradients and per-sample squares of f64`, async () => {
      const asked = makeCase(op, args);
      const expected = inF64(asked);
      let count = 1;
      for (let turn = 0; turn < count; turn++) {
        const found: Results[] = [];
        count = await device.gpu.variants.attempt(turn, async () => {
          found.push(await onGpu(device, asked));
        });
        expectSame(found[0], expected);
      }
      expect(count).toBeGreaterThan(1);
    });
  }
}

test('every way that the adapter can take was taken', () => {
  const canShuffle = device.gpu.runtime.subgroupSize >= 4;
  const left = [...ways.known].filter(
    (way) => !ways.done.has(way) && (canShuffle || !/ (quads|lanes(-weight)?)$/.test(way)),
  );
  expect(left).toEqual([]);
});
