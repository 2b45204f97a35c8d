import { noGrad } from '../autograd/tape';
import { DataError } from '../data/errors';
import { encodeSafetensors, type SafetensorsFile } from '../data/safetensors';
import { makeNetwork } from '../models/catalogue';
import { TenOutputs } from '../models/ten-outputs';
import type { Module } from '../nn/module';
import { softmax } from '../ops/softmax';
import { checkSingle } from '../tensor/dtype';
import type { Gpu } from '../tensor/gpu';
import {
  ArgumentError,
  aCount,
  aFlag,
  anObject,
  aText,
  bytes,
  checkAll,
  kind,
  listOf,
  numbers,
  optional,
  options,
} from '../tensor/guard';
import { ShapeError } from '../tensor/shape';
import type { Surroundings } from './backbone';
import { CellNetwork } from './cell';
import { type Genotype, readGenotype } from './genotype';
import { underPrefix } from './prefix';

const META = 'taskgrad.network';
/** Before which names the state of the network stands, in a file that holds more than that. */
const UNDER = 'taskgrad.network.under';

/** What is needed to make a network anew and to show it pictures; stands beside its state in a file. */
export interface NetworkAbout extends Surroundings {
  /** A hand-made network by its name in `NETWORK_NAMES`, or the cell of a `nas.CellNetwork`. */
  readonly network: string | Genotype;
  /** Names of the classes, in the order of the logits. */
  readonly classes: readonly string[];
  /** [channels, height, width] of the images. */
  readonly inputShape: readonly number[];
  /** Per channel, of pixels / 255: what the network learnt from is (pixel / 255 − mean) / std. */
  readonly mean: readonly number[];
  /** Per channel, as `mean`. */
  readonly std: readonly number[];
  /** Factor on hidden widths of a hand-made network; default 1. */
  readonly width?: number;
  /** Whether ten outputs of a hand-made network go through a linear layer to the classes, as in the programs of Le et al.; default false. */
  readonly tenOutputs?: boolean;
  /** Whether batch norm of a cell learns scale and shift; default false. */
  readonly affine?: boolean;
}

/** What a network says of one picture. */
export interface Classified {
  /** The likeliest class. */
  readonly label: number;
  /** Its name. */
  readonly name: string;
  /** Of every class; they sum to 1. */
  readonly probabilities: readonly number[];
}

/** A network out of a file, in evaluation mode. */
export interface LoadedNetwork {
  /** The network, to be disposed of by the caller. */
  readonly net: Module & { forward: CellNetwork['forward'] };
  /** What stood in the file beside the state. */
  readonly about: NetworkAbout;
  /**
   * Classifies pictures: pixels of [N, channels, height, width], row-major, 0 to 255.
   * @throws ShapeError if they are no whole pictures
   */
  classify(pixels: Uint8Array): Promise<Classified[]>;
}

const positive = kind(
  'a list of numbers above 0',
  (value) => Array.isArray(value) && value.every((x) => x > 0),
);
const three = kind(
  '[channels, height, width]',
  (value) => Array.isArray(value) && value.length === 3 && value.every((n) => Number.isInteger(n) && n > 0),
);
const aNetwork = kind(
  'a name of models.NETWORK_NAMES or a genotype',
  (value) => typeof value === 'string' || !('message' in readGenotype(value)),
);
const anAbout = options({
  network: aNetwork,
  classes: listOf('names', aText),
  inputShape: three,
  mean: numbers,
  std: positive,
  width: optional(kind('a number above 0', (value) => typeof value === 'number' && value > 0)),
  tenOutputs: optional(aFlag),
  affine: optional(aFlag),
  backbone: optional(options({ cells: aCount })),
  head: optional(kind("'flat' or 'mean'", (value) => value === 'flat' || value === 'mean')),
});

/** @throws ArgumentError */
function checkAbout(op: string, about: NetworkAbout): void {
  checkAll(op, { about: [about, anAbout] });
  const [channels] = about.inputShape;
  for (const field of ['mean', 'std'] as const) {
    const { length } = about[field];
    if (length !== channels)
      throw new ArgumentError(op, field, `${length} numbers`, `one for each of ${channels} channels`);
  }
}

/** The network that a file tells of, with fresh weights. */
export function makeAnew(gpu: Gpu, about: NetworkAbout): LoadedNetwork['net'] {
  const { network, width, tenOutputs, affine, backbone, head } = about;
  const [channels, height, size] = about.inputShape;
  const classes = about.classes.length;
  if (typeof network === 'string') {
    const make = (classes: number) => makeNetwork(gpu, network, { classes, channels, size, width });
    return tenOutputs ? new TenOutputs(gpu, classes, make) : make(classes);
  }
  const given = { classes, size: [height, size] as const, inputs: channels, affine, backbone, head };
  return new CellNetwork(gpu, network, given);
}

/**
 * What `load` looks for in a file's metadata.
 * @param under before which names the network's state stands, in a file that holds more than that
 * @throws ArgumentError
 */
export function networkText(op: string, about: NetworkAbout, under?: string): Record<string, string> {
  checkAbout(op, about);
  const text = { [META]: JSON.stringify(about) };
  return under === undefined ? text : { ...text, [UNDER]: under };
}

/**
 * A network's state and what is needed to load it, as one safetensors file.
 * @throws ArgumentError
 * @example
 * ```ts
 * const net = models.NN2(gpu, { classes: 2, size: 4, width: 0.05 });
 * const bytes = await models.encode(net, {
 *   ...{ network: 'NN2', width: 0.05, classes: ['cat', 'dog'], inputShape: [1, 4, 4], mean: [0.5], std: [0.25] },
 * });
 * const { about } = await models.load(gpu, bytes);
 * about.classes; // → ['cat', 'dog']
 * ```
 */
export async function encode(net: Module, about: NetworkAbout): Promise<Uint8Array> {
  checkAll('models.encode', { net: [net, anObject] });
  const text = networkText('models.encode', about);
  const state = net.stateDict();
  checkSingle('models.encode', ...state.values());
  const stored = await Promise.all(
    [...state].map(async ([name, tensor]) => {
      const entry = { dtype: 'F32' as const, shape: [...tensor.shape], data: await tensor.data() };
      return [name, entry] as const;
    }),
  );
  return encodeSafetensors(new Map(stored), text);
}

/**
 * Makes the network that a file was written of, with its state.
 * @param file what to call it in messages
 * @throws DataError if it is no such file; StateDictError, TaskgradError `NETWORK_UNKNOWN`
 */
export function networkIn(gpu: Gpu, { tensors, metadata }: SafetensorsFile, file: string): LoadedNetwork {
  const about = parseAbout(file, metadata[META]);
  const net = makeAnew(gpu, about);
  try {
    net.loadStateDict(UNDER in metadata ? underPrefix(metadata[UNDER], tensors) : tensors);
  } catch (error) {
    net.dispose();
    throw error;
  }
  net.eval();
  return { net, about, classify: (pixels) => classify(gpu, net, about, pixels) };
}

/** @throws DataError */
function parseAbout(file: string, text: string | undefined): NetworkAbout {
  const refuse = (expected: string, found: string, cause?: unknown): never => {
    throw new DataError('DATA_FORMAT', { file, field: `metadata ${META}`, expected, found }, { cause });
  };
  if (text === undefined) return refuse('what is needed to load a network, as models.save writes it', 'none');
  try {
    const about: NetworkAbout = JSON.parse(text);
    checkAbout('models.load', about);
    return about;
  } catch (cause) {
    if (!(cause instanceof ArgumentError)) return refuse('JSON', String(cause), cause);
    return refuse(`${cause.argument} to be ${cause.expected}`, cause.message, cause);
  }
}

async function classify(
  gpu: Gpu,
  net: LoadedNetwork['net'],
  { classes, inputShape, mean, std }: NetworkAbout,
  pixels: Uint8Array,
): Promise<Classified[]> {
  checkAll('classify', { pixels: [pixels, bytes] });
  const [channels, height, width] = inputShape;
  const count = pixels.length / (channels * height * width);
  if (!Number.isInteger(count) || count === 0) {
    throw new ShapeError(
      `classify: ${pixels.length} bytes, expected N × ${channels} × ${height} × ${width} for N pictures of [${inputShape.join(', ')}]`,
    );
  }
  const seen = Float32Array.from(pixels, (pixel, i) => {
    const channel = Math.floor(i / (height * width)) % channels;
    return (pixel / 255 - mean[channel]) / std[channel];
  });
  const shares = gpu.scope(() =>
    noGrad(() => softmax(net.forward(gpu.tensor(seen, [count, channels, height, width])), 1)),
  );
  const all = await shares.data();
  shares.dispose();
  return Array.from({ length: count }, (_, i) => {
    const probabilities = [...all.subarray(i * classes.length, (i + 1) * classes.length)];
    const label = probabilities.indexOf(Math.max(...probabilities));
    return { label, name: classes[label], probabilities };
  });
}
