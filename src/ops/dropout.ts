import type { Kernel } from '../../runtime/kernel';
import source from '../../shaders/dropout.wgsl';
import { aFlag, aNumber, aVarying, optional, options } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { checkWord, type RandomKey } from './random-key';
import { randn, sample } from './sample';

const kernel: Kernel = { name: 'dropout', source };

/** Options of `dropout`. */
export interface DropoutOptions extends RandomKey {
  /** Probability that an element becomes 0, in [0, 1]; default 0.5. */
  readonly p?: number;
  /** Without it the input passes unchanged; default true. */
  readonly training?: boolean;
  /** Tells apart the layers under one seed; default 0. */
  readonly stream?: number;
}

type Attrs = Required<DropoutOptions>;
type Args = [x: Tensor, options: DropoutOptions];

function masked(k: Kernels, x: Tensor, { p, training, seed, stream, offset }: Attrs): Tensor {
  if (!training || p === 0) return x.alias(x.shape);
  const y = k.empty(x.shape);
  k.run(kernel, {
    outputs: [y],
    inputs: [x],
    uniforms: { count: x.size, seed, stream, offset, p, scale: p < 1 ? 1 / (1 - p) : 0 },
    groups: Math.ceil(x.size / 256),
  });
  return y;
}

/**
 * Sets elements to 0 with probability p and multiplies the others by 1 / (1 − p), by Srivastava et al. (2014).
 * The mask follows from seed, stream and offset: give each step its own offset, each layer its own stream.
 * @param x any shape, f32
 * @throws ShapeError
 * @example
 * ```ts
 * const half = ops.dropout(gpu.ones([1000]), { seed: 0 }); // about half are 0, the others 2
 * ```
 */
export const dropout = defineOp({
  name: 'dropout',
  takes: {
    x: singles,
    options: options({
      p: optional(aNumber),
      training: optional(aFlag),
      seed: aVarying,
      stream: optional(aVarying),
      offset: optional(aVarying),
    }),
  },
  parse: (...[x, options]: Args) => {
    const { p = 0.5, training = true, seed, stream = 0, offset = 0 } = options;
    if (!(p >= 0 && p <= 1)) {
      throw new ShapeError(`dropout: p is ${p}, expected a probability from 0 to 1`);
    }
    checkWord('dropout', 'seed', seed);
    checkWord('dropout', 'stream', stream);
    checkWord('dropout', 'offset', offset);
    return { inputs: [x] as const, attrs: { p, training, seed, stream, offset } };
  },
  shape: ({ inputs: [x] }) => {
    if (x.dtype !== 'f32') throw new ShapeError(`dropout: x must be f32, got ${x}`);
    return x.shape;
  },
  forward: (k, { inputs: [x], attrs }) => masked(k, x, attrs),
  backward: (k, { grad, attrs }) => [masked(k, grad, attrs)],
  samples: () => [
    sample<Args>('p = 0', randn([3, 5]), { p: 0, seed: 1 }),
    sample<Args>('evaluation', randn([2, 3, 4]), { training: false, seed: 1 }),
  ],
});
