import { copyDispatch } from '../../runtime/peaks';
import { gelu } from '../../src/ops/gelu';
import { max, sum } from '../../src/ops/reduction';
import { softmax } from '../../src/ops/softmax';
import { add, mul, relu } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { type Bench, isWanted, type Suite } from '../bench';
import { trustedRows } from '../case';
import { compete, type Runner } from '../contest';
import { noise, sizeOf } from '../data';
import { ourContestant } from '../ours';
import type { Row } from '../row';

const ROWS = 10_000;
const COLUMNS = 1_000;
const WHOLE = [ROWS, COLUMNS];
const SHAPE = `${ROWS} × ${COLUMNS}`;
const BYTES_OF_ELEMENT = 4;
const TARGET = { of: 'ratio', atLeast: 0.7 } as const;

/** An op: what it must move is what it reads and writes, each once. */
interface Form {
  readonly work: string;
  /** Whether it computes so much that copying is not what bounds it on a CPU. */
  readonly computes?: true;
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly run: (inputs: readonly Tensor[]) => Tensor;
}

const row = [COLUMNS];
const FORMS: readonly Form[] = [
  { work: 'relu(2x + 1)', inputs: [WHOLE], output: WHOLE, run: ([x]) => relu(add(mul(x, 2), 1)) },
  {
    work: 'y · relu(x + y)',
    inputs: [WHOLE, WHOLE],
    output: WHOLE,
    run: ([x, y]) => mul(y, relu(add(x, y))),
  },
  { work: 'x · row', inputs: [WHOLE, row], output: WHOLE, run: ([x, scale]) => mul(x, scale) },
  {
    work: 'gelu',
    computes: true,
    inputs: [WHOLE],
    output: WHOLE,
    run: ([x]) => gelu(x, { approximate: 'tanh' }),
  },
  { work: 'sum', inputs: [WHOLE], output: [], run: ([x]) => sum(x) },
  { work: 'sum of each row', inputs: [WHOLE], output: [ROWS], run: ([x]) => sum(x, 1) },
  { work: 'sum of each column', inputs: [WHOLE], output: row, run: ([x]) => sum(x, 0) },
  { work: 'largest of each row', inputs: [WHOLE], output: [ROWS], run: ([x]) => max(x, 1) },
  {
    work: 'softmax of each row',
    computes: true,
    inputs: [WHOLE],
    output: WHOLE,
    run: ([x]) => softmax(x, 1),
  },
];

const factsOf = ({ work, computes }: Form) =>
  ({ work, shape: SHAPE, unit: 'ms', target: computes ? undefined : TARGET }) as const;

/** Copies buffers that have as many bytes together, as `runtime/peaks.ts` does for the limit of copying. */
function copyOf(gpu: Gpu, bytes: number, four: boolean): Runner & { readonly dispose: () => void } {
  const { runtime } = gpu;
  const [out, x] = ['copy', 'copied'].map((label) => runtime.acquire(bytes / 2, label));
  return {
    run: () => runtime.dispatch(copyDispatch(out, x, bytes / 2, four)),
    finish: () => runtime.idle(),
    dispose: () => {
      for (const buffer of [out, x]) runtime.pool.release(buffer);
    },
  };
}

/** In turns with both ways to copy, of which the faster one is the limit. */
async function* rowOf({ gpu, quick }: Bench, form: Form): AsyncGenerator<Row> {
  const inputs = form.inputs.map((shape, seed) => gpu.tensor(noise(sizeOf(shape), seed), shape));
  const ours = ourContestant(
    gpu,
    () => {
      const result = form.run(inputs);
      void result.buffer; // chains wait to be fused until somebody needs them
      return result;
    },
    inputs,
  );
  const bytes =
    BYTES_OF_ELEMENT * [...form.inputs, form.output].reduce((all, shape) => all + sizeOf(shape), 0);
  const copies = [true, false].map((four) => copyOf(gpu, bytes, four));
  try {
    const [timing, ...others] = await compete([ours, ...copies], quick);
    const [copy] = others.sort((a, b) => a.median - b.median);
    const rival = { name: 'copy of as many bytes', value: copy.median, timing: copy };
    yield { ...factsOf(form), ours: timing.median, timing, rival };
  } finally {
    for (const each of [ours, ...copies]) each.dispose();
  }
}

/** How near ops that are bound by memory come to a copy. */
export const bandwidthSuite: Suite = {
  name: 'bandwidth',
  rows: async function* (bench) {
    for (const form of FORMS) {
      const facts = factsOf(form);
      if (isWanted(bench, facts)) yield* trustedRows(facts, rowOf(bench, form));
    }
  },
};
