import { beforeAll, expect, test, vi } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { perSampleSquares } from '../../src/autograd/per-sample';
import { conv1d } from '../../src/ops/conv2d/conv1d';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import type { Conv2dOptions } from '../../src/ops/conv2d/define';
import { convTranspose1d, convTranspose2d } from '../../src/ops/conv2d/transpose';
import type { Op } from '../../src/ops/define';
import { linear } from '../../src/ops/matmul/linear';
import { matmul } from '../../src/ops/matmul/matmul';
import { fillSpecs, randn, type Sample, sample } from '../../src/ops/sample';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import type { Way } from '../../src/tensor/variants';
import { expectClose } from '../reference/close';
import { numericSquares } from '../reference/gradient';
import { type Ref, ref, size } from '../reference/ref';
import { download, useDevice } from './device';
import { references } from './references';

const device = useDevice();
const CLOSE = { relative: 1e-4, absolute: 1e-4 };

interface Results {
  readonly output: Ref;
  /** Of each input, in order. */
  readonly gradients: readonly Ref[];
  /** Σ_n (∂ of sample n alone)² of each input but the first, where the op has a rule for it. */
  readonly squares: readonly Ref[];
}

interface Case {
  readonly op: Op<never>;
  readonly args: readonly unknown[];
  readonly inputs: readonly Ref[];
  readonly cotangent: Ref;
}

/** The arguments with these in the places of their tensors. */
const filled = (args: readonly unknown[], inputs: readonly unknown[]): never[] => {
  let next = 0;
  return fillSpecs(args, () => inputs[next++]) as unknown as never[];
};

/** A call of the op, and what its gradients start from. */
function makeCase(op: Op<never>, args: readonly unknown[]): Case {
  const inputs: Ref[] = [];
  fillSpecs(args, ({ shape, values }) => inputs.push(ref([...shape], values(new Random(7, inputs.length)))));
  const { shape } = references[op.record.name](...filled(args, inputs));
  const random = new Random(11);
  const start = Array.from({ length: size(shape) }, () => Math.fround(random.normal()));
  return { op, args, inputs, cotangent: ref(shape, start) };
}

function inF64({ op, args, inputs, cotangent }: Case): Results {
  const call = (values: readonly Ref[]) => references[op.record.name](...filled(args, values));
  const found = inputs.map((_, i) => numericSquares(call, [...inputs], i, cotangent));
  return {
    output: call(inputs),
    gradients: found.map(({ gradient }) => gradient),
    squares: op.record.hasPerSampleRule ? found.slice(1).map(({ squares }) => squares) : [],
  };
}

async function onGpu({ op, args, inputs, cotangent }: Case): Promise<Results> {
  const tensors = inputs.map((input) => device.upload(input, true));
  const start = device.upload(cotangent);
  const call = (): Tensor => op(...(filled(args, tensors) as never));
  const output = call();
  const all = (found: Iterable<Tensor>) => Promise.all([...found].map(download));
  const gradients = await all(grad(output, tensors, start));
  const parameters = op.record.hasPerSampleRule ? tensors.slice(1) : [];
  const squares = parameters.length > 0 ? perSampleSquares(call(), start, new Set(parameters)) : new Map();
  return {
    output: await download(output),
    gradients,
    squares: await all(parameters.map((parameter) => squares.get(parameter))),
  };
}

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
  sample<[Tensor, Tensor, Conv2dOptions]>('3×3 over whole quads', randn([2, 3, 6, 8]), randn([5, 3, 3, 3]), {
    ...{ padding: 1, bias: randn([5]), activation: 'relu' },
  }),
  sample<[Tensor, Tensor, Conv2dOptions]>(
    '3×3 with two zeros around',
    randn([3, 2, 4, 5]),
    randn([4, 2, 3, 3]),
    { padding: 2 },
  ),
  sample<[Tensor, Tensor, Conv2dOptions]>('3×3 without zeros', randn([2, 4, 7, 6]), randn([2, 4, 3, 3]), {
    padding: [0, 1],
  }),
];
const CASES = [
  [conv1d, conv1d.record.samples()],
  [conv2d, [...conv2d.record.samples(), ...TILED]],
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
          found.push(await onGpu(asked));
        });
        const [{ output, gradients, squares }] = found;
        expectClose(output, expected.output, CLOSE);
        for (const [i, wanted] of expected.gradients.entries()) expectClose(gradients[i], wanted, CLOSE);
        for (const [i, wanted] of expected.squares.entries()) expectClose(squares[i], wanted, CLOSE);
      }
      expect(count).toBeGreaterThan(1);
    });
  }
}

test('every way that the adapter can take was taken', () => {
  const canShuffle = device.gpu.runtime.subgroupSize >= 4;
  const left = [...ways.known].filter(
    (way) => !ways.done.has(way) && (canShuffle || !/ lanes(-weight)?$/.test(way)),
  );
  expect(left).toEqual([]);
});
