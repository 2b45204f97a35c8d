import { aModule, type Module } from '../nn/module';
import {
  ArgumentError,
  aFlag,
  aText,
  checkAll,
  options as fields,
  kind,
  listOf,
  numbers,
  optional,
} from '../tensor/guard';
import type { Shape } from '../tensor/shape';
import { Tensor } from '../tensor/tensor';
import { VERSION } from '../version';
import { OnnxError } from './errors';
import type { Form } from './graph';
import { ofConstant, ofHeld } from './held';
import { encodeModel, type Initializer, type Port } from './model';
import { traceNetwork } from './network';
import { checkNormalization, seenPixels } from './pixels';
import { aSample, namedSample, type OnnxSample } from './sample';

/** Options of `exportOnnx`. */
export interface OnnxOptions {
  /** Names of the classes, in the order of the logits. They stand among the file's metadata. */
  readonly classes?: readonly string[];
  /** Per channel, of pixels / 255: what the network learnt from is (pixel / 255 − mean) / std. Metadata, too. */
  readonly mean?: readonly number[];
  /** Per channel, as `mean`. Metadata, too. */
  readonly std?: readonly number[];
  /** Whether the file takes pixels, uint8 from 0 to 255, and sees them by `mean` and `std` itself; default false. */
  readonly pixels?: boolean;
  /** Whether the file takes batches of the sample's size alone; default false: of any size. */
  readonly fixedBatch?: boolean;
}

const OUTPUT = 'logits';
const BATCH = 'N';
/** Protocol buffers count bytes in 31 bits. */
const MOST_BYTES = 2 ** 31 - 1;

const exportOptions = fields({
  classes: optional(listOf('names', aText)),
  mean: optional(numbers),
  std: optional(
    kind('a list of numbers above 0', (value) => Array.isArray(value) && value.every((x) => x > 0)),
  ),
  pixels: optional(aFlag),
  fixedBatch: optional(aFlag),
});

/**
 * Writes a network in evaluation mode as an ONNX file (opset 17), for onnxruntime and other programs. The graph is what the
 * forward pass calls, so that modules of a program's own can be written, as long as they are made of ops. For that, two
 * passes are run on made-up numbers, the second with one sample more. Parameters and buffers keep their names of
 * `stateDict()`. The first axis of what goes in and comes out is the batch, 'N', of any size; what comes out is 'logits'.
 * @param sample what goes in, as in `{ input: [1, 3, 32, 32] }`, or a tensor. Where `forward` takes several tensors they
 *   have names here, in their order. Whole numbers, as of `ops.embedding`, have to be tensors
 * @returns the bytes of the file
 * @throws OnnxError on an op that ONNX has no operators for, or a pass in which more depends on the batch than shapes;
 *   ArgumentError; what the forward pass throws
 * @example
 * ```ts
 * const net = new nn.Sequential(new nn.Linear(gpu, 4, 8), new nn.ReLU(), new nn.Linear(gpu, 8, 3));
 * const file = await exportOnnx(net, { input: [1, 4] }, { classes: ['a', 'b', 'c'] });
 * file.length > 4 * net.parameterCount(); // → true
 * ```
 */
export async function exportOnnx(
  net: Module,
  sample: OnnxSample,
  options: OnnxOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkAll('exportOnnx', {
    net: [net, aModule],
    sample: [sample, aSample],
    options: [options, exportOptions],
  });
  const { classes, mean, std, pixels = false, fixedBatch = false } = options;
  const [[name, given], ...others] = namedSample(sample);
  const shape = given instanceof Tensor ? given.shape : given;
  checkNormalization({ mean, std }, shape);
  if (pixels && others.length > 0)
    throw new ArgumentError('exportOnnx', 'pixels', 'true', 'a network of one input, which is images');
  const before = pixels ? seenPixels(name, shape, { mean, std }) : undefined;
  const traced = traceNetwork(net, { sample, fixedBatch, outputName: OUTPUT, seenAs: before?.seen });
  const { inputs, output } = traced;
  checkClasses(classes, output.shape);
  const elements = await Promise.all(traced.elements);
  const initializers = [
    ...[...(before?.graph.constants ?? []), ...traced.constants].map(ofConstant),
    ...traced.held.map((one, i) => ofHeld(one, ...elements[i])),
  ];
  checkSize(initializers);
  const samples = inputs.find(({ form }) => form.growth[0] > 0)?.form.shape[0];
  const ports = inputs.map(({ name, form }) => portOf(name, form, samples));
  return encodeModel({
    producer: { name: 'taskgrad', version: VERSION },
    nodes: [...(before?.graph.nodes ?? []), ...traced.nodes],
    initializers,
    inputs: before ? ports.map((port) => ({ ...port, element: 'uint8' })) : ports,
    output: portOf(OUTPUT, output, samples),
    metadata: metadataOf({ classes, mean, std }),
  });
}

/** @param samples of the sample's batch; left out where that is fixed */
function portOf(name: string, { shape, growth, element }: Form, samples = 0): Port {
  const lengthOf = (length: number, more: number) => {
    const rest = length - more * samples;
    return `${more === 1 ? '' : more}${BATCH}${rest === 0 ? '' : `+${rest}`}`;
  };
  const lengths = shape.map((length, axis) => (growth[axis] ? lengthOf(length, growth[axis]) : length));
  return { name, element, shape: lengths };
}

const metadataOf = (about: Pick<OnnxOptions, 'classes' | 'mean' | 'std'>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(about).flatMap(([key, value]) => (value ? [[key, JSON.stringify(value)]] : [])),
  );

/** @throws ArgumentError */
function checkClasses(classes: readonly string[] | undefined, output: Shape): void {
  const outputs = output.at(-1);
  if (!classes || classes.length === outputs) return;
  const given = `${classes.length} names`;
  throw new ArgumentError('exportOnnx', 'classes', given, `one for each of ${outputs} outputs`);
}

/** @throws OnnxError */
function checkSize(initializers: readonly Initializer[]): void {
  const size = initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (size > MOST_BYTES)
    throw new OnnxError(`the weights are ${(size / 1e9).toFixed(1)} GB, and one file holds at most 2 GB`);
}
