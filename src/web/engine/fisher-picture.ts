import { diagonal } from '../../fisher/diagonal';
import type { Module } from '../../nn/module';
import { numClasses } from '../../tasks/task';
import type { FisherLayer, FisherPicture, FisherSettings } from '../protocol';
import { type Lab, taskOf } from './lab';
import { copyOut, type HostTensors } from './snapshot';

const BATCH = 50;
const MOST_ROWS = 48;
const MOST_COLUMNS = 160;

/** Fisher information of a network on some of a task's test images, layer by layer, as pictures. */
export async function fisherPicture(lab: Lab, net: Module, settings: FisherSettings): Promise<FisherPicture> {
  const task = taskOf(settings.target);
  const split = lab.split(task, 'test');
  const first = settings.first % split.indices.length;
  const count = Math.min(settings.count, split.indices.length - first);
  const seen = {
    indices: split.indices.slice(first, first + count),
    labels: split.labels.slice(first, first + count),
  };
  const found = await diagonal(net, lab.testBatches(seen, BATCH), { classes: numClasses(task) });
  const values = await copyOut(found);
  for (const tensor of found.values()) tensor.dispose();
  const size = 28 * 28;
  const at = split.indices[first] * size;
  return {
    settings: { ...settings, first, count },
    layers: layersOf(values),
    image: lab.data.test.images.slice(at, at + size),
    label: task.classes[split.labels[first]],
    available: split.indices.length,
  };
}

/** Weights as pictures, [outputs, what each of them sees]. Biases are too few to look at, and are left out. */
export function layersOf(fisher: HostTensors): FisherLayer[] {
  const sums = new Map([...fisher].map(([name, { data }]) => [name, sum(data)]));
  const total = sum([...sums.values()]);
  return [...fisher]
    .filter(([, { shape }]) => shape.length > 1)
    .map(([name, { shape, data }]) => {
      const picture = shrink(data, shape[0], data.length / shape[0]);
      return { name, shape, ...picture, share: total > 0 ? (sums.get(name) ?? 0) / total : 0 };
    });
}

/** A matrix cut down to what a screen shows: each value the mean over a block. */
export function shrink(
  data: Float32Array,
  rows: number,
  columns: number,
): { rows: number; columns: number; values: Float32Array } {
  const height = Math.min(rows, MOST_ROWS);
  const width = Math.min(columns, MOST_COLUMNS);
  const sums = new Float64Array(height * width);
  const counts = new Uint32Array(height * width);
  for (let row = 0; row < rows; row++) {
    const y = Math.floor((row * height) / rows);
    for (let column = 0; column < columns; column++) {
      const at = y * width + Math.floor((column * width) / columns);
      sums[at] += data[row * columns + column];
      counts[at] += 1;
    }
  }
  return { rows: height, columns: width, values: Float32Array.from(sums, (value, i) => value / counts[i]) };
}

const sum = (values: ArrayLike<number>): number =>
  Array.prototype.reduce.call(values, (a, b) => (a as number) + (b as number), 0) as number;
