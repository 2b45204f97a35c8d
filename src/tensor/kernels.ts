import type { Constants, Kernel, Launch, Uniforms } from '../../runtime/kernel';
import type { Strips } from '../../runtime/pictures';
import type { PooledBuffer } from '../../runtime/pooled-buffer';
import type { Varying } from '../../runtime/varying';
import randomSource from '../../shaders/random.wgsl';
import { copyBox, type Walk } from './copy';
import { drafting } from './drafting';
import { computedAs, type DType } from './dtype';
import { type ElementwiseOptions, elementwise, type Operands } from './elementwise';
import type { Gpu } from './gpu';
import { dispatchOf, readingHalves, type Work, workloadOf } from './launch';
import { argmax, type Reduction, reduce } from './reduce';
import { type Shape, sameShape, stridesOf } from './shape';
import type { Tensor } from './tensor';

/** What a kernel reads: a tensor. */
export interface RunInput {
  /** Its shape. */
  readonly shape: Shape;
  /** Its element type. */
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** @internal */
  readonly buffer: PooledBuffer;
}

/** What a kernel writes: a tensor. */
export interface RunOutput extends Omit<RunInput, 'buffer'> {
  /**
   * The buffer, to be changed by what has this name.
   * @internal
   */
  changed(by: string): PooledBuffer;
}

/** A dispatch in terms of tensors. */
export interface Run {
  /** Bound in order after the uniform block: outputs first, then inputs. */
  readonly outputs: readonly RunOutput[];
  /** Tensors that the kernel reads. */
  readonly inputs: readonly RunInput[];
  /**
   * Which inputs are shown as strips, of those that the kernel sees as textures.
   * @internal
   */
  readonly strips?: readonly (Strips | undefined)[];
  /** Values of the uniform block, by the names and in the order of the shader's struct. */
  readonly uniforms: Uniforms;
  /** Number of workgroups. */
  readonly groups: number;
  /** Values of the shader's `override`s. */
  readonly constants?: Constants;
  /** What is read and written, where that is not all of the outputs and inputs. */
  readonly bytes?: number;
  /** Multiplications and additions, for the profiler; left out where the kernel mostly moves data. */
  readonly flops?: number;
}

const random: Kernel = { name: 'random', source: randomSource };

/** What ops compute with: kernels over tensors, unrecorded by the tape. Handed to every op as `k`. */
export class Kernels {
  constructor(
    /** Where it all runs. */
    readonly gpu: Gpu,
  ) {}

  /** A tensor whose elements are whatever the buffer held; for results that a kernel writes whole. */
  empty(shape: Shape, dtype: DType = 'f32'): Tensor {
    return this.gpu.make(shape, dtype);
  }

  /** A tensor of zeros, f32. */
  zeros(shape: Shape): Tensor {
    return this.fill(this.empty(shape), 0);
  }

  /** Dispatches a hand-written kernel. */
  run(kernel: Kernel, run: Run): void {
    const { outputs, inputs, uniforms, groups, constants, strips } = run;
    const written = outputs.length;
    const reading = readingHalves(kernel, written, inputs);
    const launch: Launch = { kernel: reading, constants, written, strips, uniforms, groups };
    drafting()?.ran(launch, [...outputs, ...inputs]);
    const buffers = [
      ...outputs.map((output) => output.changed(kernel.name)),
      ...inputs.map(({ buffer }) => buffer),
    ];
    this.launch(launch, buffers, () => run);
  }

  /** @internal Dispatches what is told apart already. `work` is asked for only where a profile is taken. */
  launch(launch: Launch, buffers: readonly PooledBuffer[], work: () => Work): void {
    const { runtime } = this.gpu;
    const workload = runtime.recorder.wantsWorkload ? workloadOf(work()) : undefined;
    runtime.dispatch(dispatchOf(launch, buffers, workload));
  }

  /** `elementwise('select(0.0, g, x > 0.0)', { g, x })`: a WGSL expression over broadcast operands. */
  elementwise(expression: string, operands: Operands, options: ElementwiseOptions = {}): Tensor {
    return elementwise(this.gpu, expression, operands, options);
  }

  /** The elements in another type. */
  cast(x: Tensor, dtype: Exclude<DType, 'u8'>): Tensor {
    return x.dtype === dtype
      ? x.alias(x.shape)
      : this.elementwise(`${computedAs(dtype)}(x)`, { x }, { dtype });
  }

  /** Sets every element, in place. */
  fill(into: Tensor, value: number): Tensor {
    return this.elementwise(`${computedAs(into.dtype)}(value)`, {}, { scalars: { value }, into });
  }

  /** Over sorted, non-negative axes; the result is multiplied by `scale`. */
  reduce(kind: Reduction, x: Tensor, axes: readonly number[], keepDims = false, scale = 1): Tensor {
    return reduce(kind, x, axes, keepDims, scale);
  }

  /** Index of the first largest element along an axis, i32. */
  argmax(x: Tensor, axis: number, keepDims = false): Tensor {
    return argmax(x, axis, keepDims);
  }

  /** Sums `x` down to a shape that broadcasts to x's: the gradient of broadcasting. */
  sumTo(x: Tensor, shape: Shape): Tensor {
    if (sameShape(x.shape, shape)) return x;
    const missing = x.shape.length - shape.length;
    const axes = x.shape.flatMap((length, axis) => {
      const repeated = axis < missing || (shape[axis - missing] === 1 && length !== 1);
      return repeated ? [axis] : [];
    });
    return this.reduce('sum', x, axes, true).alias(shape);
  }

  /**
   * Copies a box between two strided walks; elements of 32 bits, or of f16 into f32.
   * @internal
   */
  copy(x: Tensor, from: Walk, out: Tensor, to: Walk, box: Shape): Tensor {
    if (x.dtype === 'f16') {
      using wide = this.cast(x, 'f32');
      copyBox(wide, from, out, to, box);
    } else {
      copyBox(x, from, out, to, box);
    }
    return out;
  }

  /** The axes of `x` in another order. */
  permute(x: Tensor, order: readonly number[]): Tensor {
    const strides = stridesOf(x.shape);
    const shape = order.map((axis) => x.shape[axis]);
    const out = this.empty(shape, computedAs(x.dtype));
    const from = { start: 0, strides: order.map((axis) => strides[axis]) };
    return this.copy(x, from, out, { start: 0, strides: stridesOf(shape) }, shape);
  }

  /** Fills `out` with f32 draws, uniform over [0, 1) or standard normal. The same key gives the same numbers. */
  random(
    kind: 'uniform' | 'normal',
    out: Tensor,
    key: { seed?: Varying; stream?: Varying; offset?: Varying },
  ): Tensor {
    this.run(random, {
      outputs: [out],
      inputs: [],
      uniforms: {
        count: out.size,
        seed: key.seed ?? 0,
        stream: key.stream ?? 0,
        offset: key.offset ?? 0,
      },
      groups: Math.ceil(out.size / 256),
      constants: { NORMAL: kind === 'normal' ? 1 : 0 },
    });
    return out;
  }
}
