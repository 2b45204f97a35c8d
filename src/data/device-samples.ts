import type { Varying } from '../../runtime/varying';
import { IGNORE_INDEX } from '../ops/cross-entropy';
import type { Gpu } from '../tensor/gpu';
import { checkAll, checkArgument, numbers, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { formatShape, ShapeError, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Batch } from './batch';
import { DeviceSet, type Order } from './device-set';
import { gatherRows } from './gather-rows';
import { samples } from './guard';
import { checkLabels } from './images';
import type { SampleSet, Samples } from './samples';
import type { Normalisation } from './statistics';

const aView = options({ mean: numbers, std: numbers });

/**
 * Samples of any shape on the GPU, normalised. Batches are gathered there, so that a step uploads nothing.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(1, 2, 3, 4), labels: [0, 1], shape: [2] });
 * const samples = new data.DeviceSamples(gpu, set, { mean: [2, 3], std: [1, 1] });
 * const { inputs } = samples.batch(samples.order(Uint32Array.of(1), Int32Array.of(1)), 0, 1);
 * inputs; // → [[1, 1]]
 * ```
 */
export class DeviceSamples extends DeviceSet {
  override readonly name: string;
  override readonly shape: readonly number[];
  /** [N, values of a sample] */
  private readonly table: Tensor;

  /**
   * @param view mean and std, one for each place on a sample's first axis; default: the set's own, as `fromArrays` has
   *   noted them, or else none: samples are seen as they are
   * @throws ShapeError if the view does not fit the samples; LabelError on a label of the set that is no place in its
   *   `classes`, nor −100
   */
  constructor(gpu: Gpu, set: (Samples | SampleSet) & Partial<Normalisation>, view?: Normalisation) {
    super();
    checkAll('DeviceSamples', { gpu: [gpu, aGpu], set: [set, samples], view: [view, optional(aView)] });
    const { name, inputs, shape } = set;
    const width = sizeOf(shape);
    if (inputs.length % width !== 0) {
      throw new ShapeError(`${name}: ${inputs.length} values are no whole samples ${formatShape(shape)}`);
    }
    if ('labels' in set) checkLabels(set.labels, set.classes.length, name, { ignoreIndex: IGNORE_INDEX });
    this.name = name;
    this.shape = [...shape];
    const { mean, std } = view ?? set;
    const seen = mean && std ? normalised(set, { mean, std }) : new Float32Array(inputs);
    this.table = gpu.tensor(seen, [inputs.length / width, width]);
  }

  override get gpu(): Gpu {
    return this.table.gpu;
  }

  override get count(): number {
    return this.table.shape[0];
  }

  override dispose(): void {
    this.table.dispose();
  }

  protected override gather(order: Order, start: Varying, { inputs, labels }: Batch): void {
    gatherRows(this.table, order, start, { rows: inputs, labels });
  }
}

/** (x − mean) / std. @throws ShapeError */
function normalised({ name, inputs, shape }: Samples, view: Normalisation): Float32Array<ArrayBuffer> {
  checkArgument('DeviceSamples', 'set', view, aView);
  const { mean, std } = view;
  const [channels = 1] = shape;
  if (mean.length !== channels || std.length !== channels) {
    throw new ShapeError(
      `${name}: mean has ${mean.length} and std ${std.length} values, expected one for each of ${channels} places on the first axis of ${formatShape(shape)}`,
    );
  }
  if (!std.every((value) => value > 0)) {
    throw new ShapeError(`${name}: std is ${formatShape(std)}, expected numbers above 0`);
  }
  const plane = sizeOf(shape) / channels;
  return Float32Array.from(inputs, (x, i) => {
    const channel = Math.floor(i / plane) % channels;
    return (x - mean[channel]) / std[channel];
  });
}
