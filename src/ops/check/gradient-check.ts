import { TaskgradError } from '../../../runtime/errors';
import { GradientError, grad } from '../../autograd/backward';
import { perSampleSquares } from '../../autograd/per-sample';
import type { Gpu } from '../../tensor/gpu';
import { ArgumentError, aFunction, anObject, checkAll } from '../../tensor/guard';
import { aGpu } from '../../tensor/guard-tensor';
import { Random } from '../../tensor/random';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { Op } from '../define';
import { fillSpecs, type Sample, type TensorSpec, type TensorsAs } from '../sample';
import { COARSE, FINE, finiteDifferences, type Numbers } from './differences';

export type { Numbers } from './differences';

/** The arguments of an op with `Numbers` for every tensor, also inside options. */
export type NumbersOf<T> = TensorsAs<T, Numbers>;

/** Options of `gradientCheck`. */
export interface GradientCheckOptions<Args extends readonly unknown[]> {
  /**
   * What the op computes, in f64. With it results are compared too, and gradients with its differences, to 2e-3. Left out:
   * gradients are compared with differences of the op's own results in f32, to 2e-2.
   */
  readonly reference?: (...args: { [I in keyof Args]: NumbersOf<Args[I]> }) => Numbers;
  /** Default: those of the op's record. */
  readonly samples?: readonly Sample<Args>[];
  /** Draws the values; default 0. */
  readonly seed?: number;
}

/** One thing that was compared. */
export interface GradientCheckResult {
  /** The sample's title. */
  readonly sample: string;
  /** What was compared: with the reference, with finite differences, or with samples one by one. */
  readonly what: 'result' | 'gradient' | 'per-sample squares';
  /** Of which tensor, counted over the sample's; null for a result. */
  readonly input: number | null;
  /** Entries that were compared. */
  readonly entries: number;
  /** The largest |found − expected| / max(1, |expected|). */
  readonly error: number;
}

/** An op computes something else than its reference, or than finite differences of itself. */
export class GradientCheckError extends TaskgradError {
  constructor(
    /** The op's name. */
    readonly op: string,
    /** The title of its sample. */
    readonly sample: string,
    detail: string,
  ) {
    super('GRADIENT_CHECK', `gradientCheck: ${op}, sample '${sample}': ${detail}`);
  }
}

interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}
const RESULT: Tolerance = { relative: 2e-5, absolute: 2e-5 };
const BY_REFERENCE: Tolerance = { relative: 2e-3, absolute: 5e-4 };
const BY_ITSELF: Tolerance = { relative: 2e-2, absolute: 2e-3 };
/** Entries of an input that are moved one by one; more are sampled. Each takes four calls without a reference. */
const ENTRIES = 64;

/**
 * Compares an op with finite differences over its samples: every gradient, and where the record has a per-sample rule, Σ_n
 * (gradient of sample n alone)², sample n being row n of the result. As torch.autograd.gradcheck does for f64.
 * @param op as `defineOp` gives it
 * @returns what was compared, and how close it came
 * @throws GradientCheckError at the first entry that is off; ArgumentError if there is nothing to check
 * @example
 * ```ts
 * const [checked] = await gradientCheck(gpu, ops.matmul);
 * [checked.sample, checked.what, checked.input]; // → ['small, odd', 'gradient', 0]
 * ```
 */
export async function gradientCheck<Args extends readonly unknown[]>(
  gpu: Gpu,
  op: Op<Args>,
  options: GradientCheckOptions<Args> = {},
): Promise<GradientCheckResult[]> {
  checkAll('gradientCheck', {
    gpu: [gpu, aGpu],
    op: [op, aFunction],
    options: [options, anObject],
  });
  const { record } = op;
  if (!record) throw new ArgumentError('gradientCheck', 'op', 'a function', 'an op that defineOp() gave');
  const { samples = record.samples(), seed = 0 } = options;
  if (samples.length === 0)
    throw new ArgumentError('gradientCheck', 'samples', 'empty', 'at least one sample');
  const results: GradientCheckResult[] = [];
  for (const sample of samples) results.push(...(await new Check(gpu, op, sample, seed).run(options)));
  return results;
}

/** One sample of one op. */
class Check<Args extends readonly unknown[]> {
  private readonly specs: TensorSpec[] = [];
  private readonly inputs: Numbers[] = [];

  constructor(
    private readonly gpu: Gpu,
    private readonly op: Op<Args>,
    private readonly sample: Sample<Args>,
    private readonly seed: number,
  ) {
    fillSpecs(sample.args, (spec) => {
      const data = spec.values(new Random(seed, this.specs.length));
      this.specs.push(spec);
      this.inputs.push({ shape: spec.shape, data });
    });
  }

  async run({ reference }: GradientCheckOptions<Args>): Promise<GradientCheckResult[]> {
    const { record } = this.op;
    const found = await this.result(this.inputs);
    const results: GradientCheckResult[] = [];
    const exact = reference && ((inputs: readonly Numbers[]) => reference(...this.filled<Args>(inputs)));
    if (exact) {
      const expected = await exact(this.inputs);
      if (!sameShape(found.shape, expected.shape))
        this.refuse(
          `the result is ${formatShape(found.shape)}, the reference's ${formatShape(expected.shape)}`,
        );
      const entries = Array.from({ length: sizeOf(found.shape) }, (_, i) => i);
      results.push(this.compare('result', null, found, entries, expected.data, RESULT));
    }
    if (!record.differentiable) return results;
    const random = new Random(this.seed, 0x77);
    const weights = Float32Array.from({ length: sizeOf(found.shape) }, () => random.normal());
    for (const [i, { requiresGrad, shape }] of this.specs.entries()) {
      if (!requiresGrad) continue;
      const entries = someEntries(sizeOf(shape), random);
      const expected = exact
        ? await finiteDifferences(exact, this.inputs, i, weights, entries, FINE)
        : await finiteDifferences((inputs) => this.result(inputs), this.inputs, i, weights, entries, COARSE);
      const gradient = await this.gradient(i, weights);
      results.push(
        this.compare('gradient', i, gradient, entries, expected, exact ? BY_REFERENCE : BY_ITSELF),
      );
      const squares = record.hasPerSampleRule ? await this.squares(i, weights) : undefined;
      if (!squares) continue;
      const all = Array.from({ length: sizeOf(shape) }, (_, at) => at);
      const alone = await this.squaresOneByOne(i, weights, found.shape[0] ?? 1);
      results.push(this.compare('per-sample squares', i, squares, all, alone, BY_REFERENCE));
    }
    return results;
  }

  /** The sample's arguments with these values for its tensors. */
  private filled<A extends readonly unknown[]>(values: readonly unknown[]) {
    let next = 0;
    return fillSpecs(this.sample.args, () => values[next++]) as { [I in keyof A]: NumbersOf<A[I]> };
  }

  /** Calls the op, and has `read` take what it needs of the result before all is freed. */
  private async call<T>(
    values: readonly Numbers[],
    read: (result: Tensor, inputs: readonly Tensor[]) => Promise<T>,
  ): Promise<T> {
    const tensors = this.specs.map(({ dtype, shape, requiresGrad }, i) => {
      const { data } = values[i];
      return this.gpu.tensor(dtype === 'i32' ? Int32Array.from(data) : Float32Array.from(data), shape, {
        requiresGrad,
      });
    });
    const result = this.op(...(this.filled(tensors) as unknown as Args));
    try {
      return await read(result, tensors);
    } finally {
      for (const tensor of [result, ...tensors]) tensor.dispose();
    }
  }

  private result(values: readonly Numbers[]): Promise<Numbers> {
    return this.call(values, async (result) => ({ shape: result.shape, data: await result.data() }));
  }

  private gradient(which: number, weights: Float32Array<ArrayBuffer>): Promise<Numbers> {
    return this.call(this.inputs, async (result, inputs) => {
      using start = this.gpu.tensor(weights, result.shape);
      const [found] = grad(result, [inputs[which]], start);
      const data = await found.data();
      found.dispose();
      return { shape: found.shape, data };
    });
  }

  /** By the op's rule. Undefined for what is no parameter to it, and where samples mix. */
  private squares(which: number, weights: Float32Array<ArrayBuffer>): Promise<Numbers | undefined> {
    return this.call(this.inputs, async (result, inputs) => {
      using start = this.gpu.tensor(weights, result.shape);
      const input = inputs[which];
      try {
        using squares = perSampleSquares(result, start, new Set([input])).get(input);
        return squares && { shape: squares.shape, data: await squares.data() };
      } catch (error) {
        if (error instanceof GradientError) return undefined;
        throw error;
      }
    });
  }

  private async squaresOneByOne(
    which: number,
    weights: Float32Array<ArrayBuffer>,
    samples: number,
  ): Promise<Float64Array> {
    const total = new Float64Array(sizeOf(this.specs[which].shape));
    const row = weights.length / samples;
    for (let n = 0; n < samples; n++) {
      const own = weights.map((weight, i) => (Math.floor(i / row) === n ? weight : 0));
      const { data } = await this.gradient(which, own);
      for (let i = 0; i < total.length; i++) total[i] += data[i] ** 2;
    }
    return total;
  }

  private compare(
    what: GradientCheckResult['what'],
    input: number | null,
    found: Numbers,
    entries: readonly number[],
    expected: ArrayLike<number>,
    { relative, absolute }: Tolerance,
  ): GradientCheckResult {
    let error = 0;
    for (const [i, entry] of entries.entries()) {
      const [own, wanted] = [found.data[entry], expected[i]];
      const off = own === wanted ? 0 : Math.abs(own - wanted);
      if (!(off <= absolute + relative * Math.abs(wanted))) {
        const of = input === null ? what : `${what} of tensor ${input}`;
        const source = what === 'result' ? 'the reference gives' : `${SOURCES[what]} give`;
        this.refuse(`the ${of} at ${formatIndex(entry, found.shape)} is ${own}, ${source} ${wanted}`);
      }
      error = Math.max(error, off / Math.max(1, Math.abs(wanted)));
    }
    return { sample: this.sample.title, what, input, entries: entries.length, error };
  }

  private refuse(detail: string): never {
    throw new GradientCheckError(this.op.record.name, this.sample.title, detail);
  }
}

const SOURCES = { gradient: 'finite differences', 'per-sample squares': 'the samples one by one' } as const;

function someEntries(size: number, random: Random): number[] {
  const all = Array.from({ length: size }, (_, i) => i);
  return size <= ENTRIES ? all : random.shuffle(all).slice(0, ENTRIES);
}

function formatIndex(entry: number, shape: readonly number[]): string {
  let rest = entry;
  const index = shape.toReversed().map((length) => {
    const at = rest % length;
    rest = Math.floor(rest / length);
    return at;
  });
  return `[${index.toReversed().join(', ')}]`;
}
