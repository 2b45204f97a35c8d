import { ArgumentError } from '../tensor/guard';
import { formatShape, type Shape } from '../tensor/shape';
import { Graph } from './graph';

/** Per channel, of pixels / 255. */
export interface Normalization {
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** @throws ArgumentError unless there are as many figures as channels */
export function checkNormalization({ mean, std }: Normalization, shape: Shape): void {
  const [, channels = 0] = shape;
  for (const [name, values] of Object.entries({ mean, std })) {
    if (!values || values.length === channels) continue;
    const expected = `one for each of ${channels} channels of the input ${formatShape(shape)}`;
    throw new ArgumentError('exportOnnx', name, `${values.length} numbers`, expected);
  }
}

/** Nodes that stand before a network, and the name of what they give it. */
export interface Before {
  readonly graph: Graph;
  readonly seen: string;
}

/**
 * The nodes that make of pixels what a network learnt from, as `classify` of a loaded one does.
 * @param shape of the images
 * @throws ArgumentError without `mean` and `std`
 */
export function seenPixels(input: string, shape: Shape, { mean, std }: Normalization): Before {
  if (!mean || !std) throw new ArgumentError('exportOnnx', 'pixels', 'true', '`mean` and `std` beside it');
  const graph = new Graph('/pixels');
  const wide = (values: readonly number[]) =>
    graph.float(values, [values.length, ...shape.slice(2).map(() => 1)]);
  const numbers = graph.cast(input, 'float');
  const shares = graph.node('Div', [numbers, graph.float(255)]);
  return { graph, seen: graph.node('Div', [graph.node('Sub', [shares, wide(mean)]), wide(std)]) };
}
