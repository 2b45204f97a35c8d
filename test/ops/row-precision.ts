import { crossEntropy, logSoftmax, logSumExp, softmax } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import { orInfinity, type Precision } from './precision';

const LENGTHS = [3, 10, 80];
const VALUES = 2 ** 20;
/** Smaller ones are sums of terms that may be denormals. */
const SMALLEST = 1e-30;

/** Rows of a spread from 2^-12 to 2^5, so that some are all but equal and others all but one-sided. */
function drawn(rows: number, length: number): Float32Array<ArrayBuffer> {
  const random = new Random(17, length);
  const data = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const spread = 2 ** (17 * random.uniform() - 12);
    for (let i = 0; i < length; i++) data[row * length + i] = spread * random.normal();
  }
  return data;
}

/** ln Σ e^(x − top) of a row, to all digits of f64 also where one term is all but all. */
function logTotal(x: Float32Array, top: number): number {
  let rest = -1;
  for (const value of x) rest += value === top ? 1 : Math.exp(value - top);
  if (rest >= 0.5) return Math.log1p(rest);
  let small = 0;
  for (const value of x) if (value !== top) small += Math.exp(value - top);
  return Math.log1p(small);
}

const OPS = ['softmax', 'logSoftmax', 'crossEntropy', 'logSumExp'] as const;

/** The precision of what is made of rows of logits, over more than a million of them, by GPU. */
export async function rowPrecisions(gpus: readonly Gpu[]): Promise<Precision[][]> {
  const all: Precision[][] = gpus.map(() => []);
  for (const length of LENGTHS) {
    const rows = Math.ceil(VALUES / length);
    const data = drawn(rows, length);
    const found = await Promise.all(gpus.map((gpu) => figuresOf(gpu, data, rows, length)));
    const worst = gpus.map(() => ({ softmax: 0, logSoftmax: 0, crossEntropy: 0, logSumExp: 0 }));
    const note = (op: (typeof OPS)[number], at: number, expected: number, beside: number) => {
      if (beside < SMALLEST) return;
      for (let k = 0; k < found.length; k++) {
        const error = orInfinity(Math.abs(found[k][op][at] - expected) / beside);
        if (error > worst[k][op]) worst[k][op] = error;
      }
    };
    for (let row = 0; row < rows; row++) {
      const own = data.subarray(row * length, (row + 1) * length);
      const top = Math.max(...own);
      const total = logTotal(own, top);
      for (let i = 0; i < length; i++) {
        const value = own[i] - top - total;
        note('softmax', row * length + i, Math.exp(value), Math.exp(value));
        note('logSoftmax', row * length + i, value, -value);
      }
      const loss = total + (top - own[row % length]);
      note('crossEntropy', row, loss, loss);
      // The result is a difference where the largest is below 0: it is exact beside that, and beside 1.
      note('logSumExp', row, total + top, Math.max(Math.abs(top), 1));
    }
    for (const [k, errors] of worst.entries())
      for (const op of OPS)
        all[k].push({
          name: `${op} of rows of ${length}`,
          error: errors[op],
          at: '',
          compared: rows,
          drawn: rows,
        });
  }
  return all;
}

async function figuresOf(gpu: Gpu, data: Float32Array<ArrayBuffer>, rows: number, length: number) {
  const x = gpu.tensor(data, [rows, length]);
  const labels = gpu.tensor(
    Int32Array.from({ length: rows }, (_, row) => row % length),
    [rows],
  );
  return {
    softmax: await softmax(x).data(),
    logSoftmax: await logSoftmax(x).data(),
    crossEntropy: await crossEntropy(x, labels, { reduction: 'none' }).data(),
    logSumExp: await logSumExp(x, 1).data(),
  };
}
