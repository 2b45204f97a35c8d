import { noGrad } from '../autograd/tape';
import { switchMode } from '../nn/mode';
import type { Module } from '../nn/module';
import type { TypedArray } from '../tensor/dtype';
import { formatShape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { OnnxError } from './errors';
import type { Form } from './graph';
import { gpuOf, namedSample, type OnnxSample, twice } from './sample';
import { type Trace, trace } from './trace';
import { formOf, type Held, type Translation, type Twice, translate } from './translate';

interface Input {
  readonly name: string;
  readonly tensors: Twice<Tensor>;
  readonly form: Form;
}
type Untied<T> = Omit<T, 'tensors'>;

/** What is known of a network after its forward passes, and its tensors on their way from the GPU. */
export interface Traced extends Omit<Translation, 'held'> {
  readonly inputs: readonly Untied<Input>[];
  readonly held: readonly Untied<Held>[];
  /** Of each tensor that is held, in both passes. */
  readonly elements: readonly Promise<Twice<TypedArray>>[];
}

export interface TraceOptions {
  readonly sample: OnnxSample;
  readonly fixedBatch: boolean;
  /** Name of what comes out. */
  readonly outputName: string;
  /** What the graph calls that which the network reads, where nodes stand between it and its only input. */
  readonly seenAs?: string;
}

/**
 * Runs a network twice in evaluation mode and makes one graph of what it calls.
 * @throws OnnxError; what the first forward pass throws
 */
export function traceNetwork(net: Module, options: TraceOptions): Traced {
  const named = namedSample(options.sample);
  const state = net.stateDict();
  const gpu = gpuOf(named) ?? [...state.values()][0]?.gpu;
  if (!gpu)
    throw new OnnxError(
      'the network has no parameters, which would tell its GPU; give the sample as a tensor',
    );
  for (const name of [...named.map(([name]) => name), options.outputName])
    if (state.has(name))
      throw new OnnxError(
        `the network has a tensor '${name}', as what goes in or comes out is called; name the input otherwise, as in { images: [1, 3, 32, 32] }, or the field`,
      );
  // Of several names of a tensor the first counts, as in parameters().
  const names = new Map([...state].reverse().map(([name, tensor]) => [tensor, name]));
  const restore = switchMode(net, false);
  try {
    return gpu.scope(() =>
      noGrad(() => {
        const inputs = named.map((one, place): Input => {
          const tensors = twice(gpu, one, place, options.fixedBatch);
          return { name: one[0], tensors, form: formOf(tensors, `input '${one[0]}'`) };
        });
        const traces = passes(net, inputs, [...names.keys()]);
        const given = inputs.map((input) => ({ ...input, name: options.seenAs ?? input.name }));
        const translation = translate(traces, {
          inputs: given,
          state: names,
          outputName: options.outputName,
        });
        return { ...translation, inputs: inputs.map(untied), ...elementsOf(translation.held) };
      }),
    );
  } finally {
    restore();
  }
}

/** Both forward passes. @throws OnnxError where only batches of the sample's size go through */
function passes(net: Module, inputs: readonly Input[], state: readonly Tensor[]): Twice<Trace> {
  const pass = (which: 0 | 1) => {
    const given = inputs.map(({ tensors }) => tensors[which]);
    return trace([...given, ...state], () => Reflect.apply(net.forward, net, given));
  };
  const first = pass(0);
  try {
    return [first, pass(1)];
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const [was, is] = inputs[0].tensors.map(({ shape }) => formatShape(shape));
    throw new OnnxError(
      `the forward pass takes ${was}, but not ${is} (${cause.message}); export a batch of one size: { fixedBatch: true }`,
    );
  }
}

const untied = <T extends { readonly tensors: unknown }>({ tensors: _, ...rest }: T): Untied<T> => rest;

/** The scope frees what the passes made: it is asked for before. */
const elementsOf = (held: readonly Held[]): Pick<Traced, 'held' | 'elements'> => ({
  held: held.map(untied),
  elements: held.map(async ({ tensors: [first, second] }) => {
    const one = first.data();
    return Promise.all([one, second === first ? one : second.data()]);
  }),
});
