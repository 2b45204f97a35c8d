import { currentTags, tagged } from '../../runtime/tags';
import { type Factors, type FactorsQuery, isRecording, record } from '../autograd/tape';
import { ArgumentError, checker, type Takes } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { Plans } from '../tensor/planned';
import type { Shape } from '../tensor/shape';
import { Tensor } from '../tensor/tensor';
import { calls } from './calls';
import type { Sample } from './sample';

/** The tensors of a call; some may be left out. */
export type Inputs = readonly (Tensor | undefined)[];
/** A gradient for each input, in order; undefined where none is needed or none exists. */
export type Grads<In extends Inputs> =
  | { readonly [I in keyof In]: Tensor | undefined }
  | readonly (Tensor | undefined)[];

/** An option of ops whose kernels can apply a function to each element before they store it. */
export interface Activated {
  /** Default: none. As `relu` of the result, in one kernel. */
  readonly activation?: 'relu';
}

/** A call of an op: its tensors, and everything else about it as plain data. */
export interface Call<In extends Inputs, Attrs> {
  /** The tensors, in the order that `parse` gave. */
  readonly inputs: In;
  /** All else, as `parse` gave it. */
  readonly attrs: Attrs;
}

/** What `forward` is given. */
export interface ForwardCall<In extends Inputs, Attrs> extends Call<In, Attrs> {
  /** What the shape rule said. */
  readonly shape: Shape;
}

/** What `backward` and `perSample` are given. */
export interface BackwardCall<In extends Inputs, Attrs, Saved> extends Call<In, Attrs> {
  /** Gradient of the output. */
  readonly grad: Tensor;
  /** What `forward` gave. */
  readonly output: Tensor;
  /** What `forward` saved beside it. */
  readonly saved: Saved;
  /** Which inputs need a gradient (or, in `perSample`, are parameters). */
  readonly needs: readonly boolean[];
}

/** What `factors` is given. */
export interface FactorsCall<In extends Inputs, Attrs>
  extends Call<In, Attrs>,
    Omit<FactorsQuery, 'inputs'> {}

/** All that there is to say of an op. */
export interface OpDefinition<Args extends readonly unknown[], In extends Inputs, Attrs, Saved> {
  /** PyTorch's name in camelCase. */
  readonly name: string;
  /**
   * What each public argument may be, by its name, in order; checked before all else, as is that all tensors are on one
   * GPU. Left out: any tensor among the inputs is of f32 or f16.
   */
  readonly takes?: Takes;
  /** Sorts the public arguments into tensors and attributes; fills in defaults and checks options. */
  readonly parse: (...args: Args) => Call<In, Attrs>;
  /** Shape of the result. @throws ShapeError that a person can act on */
  readonly shape: (call: Call<In, Attrs>) => Shape;
  /**
   * Computes the result, of the shape that `shape` said, and what `backward` wants saved. This rule and `backward` follow
   * from attributes and shapes alone: what they do with kernels is done again for later calls without them (see `Plans`).
   * An op of a program has them run in every call.
   */
  readonly forward: (k: Kernels, call: ForwardCall<In, Attrs>) => Tensor | { output: Tensor; saved: Saved };
  /** Missing for ops without a derivative, such as argmax. */
  readonly backward?: (k: Kernels, call: BackwardCall<In, Attrs, Saved>) => Grads<In>;
  /** Whether a sample's result depends on other samples, as in training of batch norm; default: it does not. */
  readonly mixesSamples?: (attrs: Attrs) => boolean;
  /** Σ_n (per-sample gradient)² for each input marked in `needs`, of the input's shape; axis 0 of `grad` is the sample. */
  readonly perSample?: (k: Kernels, call: BackwardCall<In, Attrs, Saved>) => Grads<In>;
  /** For each input marked in `needs`, the factors of its per-sample gradients over a range of samples; see `Factors`. */
  readonly factors?: (k: Kernels, call: FactorsCall<In, Attrs>) => readonly (Factors | undefined)[];
  /** Calls that the gradient tests, the reference comparison, the browser test and the profiler make. */
  readonly samples: () => readonly Sample<Args>[];
}

/** What the op table's walkers see of an op. */
export interface OpRecord<Args extends readonly unknown[]> {
  /** PyTorch's name in camelCase. */
  readonly name: string;
  /** Whether it has a gradient. */
  readonly differentiable: boolean;
  /** Whether Fishers can be taken of its parameters. */
  readonly hasPerSampleRule: boolean;
  /** Calls that it is tested and profiled with. */
  readonly samples: () => readonly Sample<Args>[];
}

/** A callable op with its record. Most give a tensor. */
export type Op<Args extends readonly unknown[] = readonly unknown[], Result = Tensor> = ((
  ...args: Args
) => Result) & {
  /** What is known of it. */
  readonly record: OpRecord<Args>;
};

/** Gradient of max(x, 0) from that of its result y. */
export const RELU_GRADIENT = 'select(0.0, g, is_kept_by_relu(y))';

const isActivated = (attrs: unknown): boolean =>
  typeof attrs === 'object' && attrs !== null && 'activation' in attrs && attrs.activation === 'relu';

/** The tensors that an op saved for its backward rule: one, or several by name. */
function tensorsIn(saved: unknown): Tensor[] {
  if (saved instanceof Tensor) return [saved];
  const values: unknown[] = typeof saved === 'object' && saved !== null ? Object.values(saved) : [];
  return values.filter((value) => value instanceof Tensor);
}

/** The inputs of an op that does not say what it takes. @throws ArgumentError, DTypeError, DeviceError */
function checkInputs(op: string, inputs: Inputs): void {
  const call = { op };
  for (const [i, input] of inputs.entries()) if (input !== undefined) floats(call, `input ${i}`, input);
}

/**
 * Makes an op of its record: calling it computes the result and puts the call on the tape.
 * @param isOwn whether it is a program's: its rules may do more than compute, and are never left out; see `Plans`
 */
export function defineOp<const Args extends readonly unknown[], In extends Inputs, Attrs, Saved = undefined>(
  definition: OpDefinition<Args, In, Attrs, Saved>,
  { isOwn = false } = {},
): Op<Args> {
  const { name, takes, backward, mixesSamples, perSample, factors } = definition;
  const check = takes && checker(name, takes);
  const plans = isOwn ? undefined : new Plans<Tensor | { output: Tensor; saved: Saved }, Grads<In>>();
  const tags = { op: name, phase: 'forward' } as const;
  const op = (...args: Args): Tensor => tagged(name, tags, () => run(...args));
  const run = (...args: Args): Tensor => {
    check?.(args);
    const call = definition.parse(...args);
    const { inputs, attrs } = call;
    if (!check) checkInputs(name, inputs);
    const first = inputs.find((input) => input !== undefined);
    if (!first) throw new ArgumentError(name, 'no argument', 'a tensor', 'at least one');
    const shape = definition.shape(call);
    const k = first.gpu.kernels;
    const planned = plans?.meet(first.gpu, inputs, attrs);
    const forward = () => definition.forward(k, { inputs, attrs, shape });
    const result = planned ? planned.forward(forward) : forward();
    const { output, saved } = 'output' in result ? result : { output: result, saved: undefined as Saved };
    if (backward && isRecording(inputs)) {
      const { layer } = currentTags();
      const before = isActivated(attrs) ? first.gpu.placeholder(output.shape) : output;
      const context = { inputs, attrs, output: before, saved };
      const own = tensorsIn(saved);
      const node: Parameters<typeof record>[0] = {
        op: name,
        layer,
        inputs,
        output: before,
        backward: (grad, needs) => {
          const rule = () => first.gpu.scope(() => backward(k, { ...context, grad, needs }));
          return planned ? planned.backward(needs, grad, [before, ...own], rule) : rule();
        },
        mixesSamples: mixesSamples?.(attrs),
        perSample: perSample && ((grad, needs) => perSample(k, { ...context, grad, needs })),
        // The query's inputs are this call's, or views of them in the same order.
        factors: factors && ((query) => factors(k, { ...query, inputs: query.inputs as In, attrs })),
      };
      record(node, own);
      if (before !== output) {
        const reluGrad = (grad: Tensor) => [k.elementwise(RELU_GRADIENT, { g: grad, y: output })];
        record({ op: 'relu', layer, inputs: [before], output, backward: reluGrad });
      }
    }
    calls.watch?.({ op: name, inputs, attrs, output });
    return output;
  };
  const opRecord: OpRecord<Args> = {
    name,
    differentiable: backward !== undefined,
    hasPerSampleRule: perSample !== undefined,
    samples: definition.samples,
  };
  return Object.assign(op, { record: opRecord });
}
