import type { DType } from '../tensor/dtype';
import type { Shape } from '../tensor/shape';
import { OnnxError } from './errors';
import type { Attributes, Element, Node } from './model';

/** What a tensor of the forward pass is, whatever the batch. */
export interface Form {
  /** As in the sample. */
  readonly shape: Shape;
  /** By how much each axis is longer when there is one sample more. */
  readonly growth: readonly number[];
  readonly element: Element;
}

/** A tensor of the forward pass, and its name in the graph. */
export interface Value extends Form {
  readonly name: string;
}

/** A small tensor that a row writes into the graph. */
export interface Constant {
  readonly name: string;
  readonly element: 'float' | 'int32' | 'int64' | 'uint32';
  readonly shape: Shape;
  readonly values: readonly number[];
}

/** What an element type is in the graph. Halves are storage here: their values are computed with as floats. */
export const ELEMENT_OF: Readonly<Record<DType, Exclude<Element, 'int64' | 'bool' | 'float16'>>> = {
  f32: 'float',
  f16: 'float',
  i32: 'int32',
  u32: 'uint32',
  u8: 'uint8',
};

/** What a tensor, a name or nothing is called among a node's inputs. */
export type Operand = Value | string | undefined;
const nameOf = (operand: Operand): string => (typeof operand === 'string' ? operand : (operand?.name ?? ''));

/** Whose first axis tells the batch, and how long it is in the sample. */
export interface Batch {
  readonly name: string;
  readonly samples: number;
}

/** The nodes of one call. Everything in it is called after `prefix`. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];

  /** @param batch left out where all lengths are fixed */
  constructor(
    private readonly prefix: string,
    private readonly batch?: Batch,
  ) {}

  /** Adds an operator of ONNX. @returns the name of what it gives */
  node(op: string, operands: readonly Operand[], attributes: Attributes = {}): string {
    const inputs = operands.map(nameOf);
    while (inputs.at(-1) === '') inputs.pop();
    const output = `${this.prefix}.${this.nodes.length}`;
    this.nodes.push({ op, inputs, output, attributes });
    return output;
  }

  /** Adds an operator that gives two tensors. @returns the name of the second */
  second(op: string, operands: readonly Operand[], attributes: Attributes = {}): string {
    const output = this.node(op, operands, attributes);
    const node = this.nodes.pop();
    const second = `${output}.second`;
    if (node) this.nodes.push({ ...node, second });
    return second;
  }

  /** A float, or a tensor of them. */
  float(values: number | readonly number[], shape?: Shape): string {
    return this.constant('float', values, shape);
  }

  /** Lengths, axes and the like. */
  ints(values: readonly number[]): string {
    return this.constant('int64', values);
  }

  constant(element: Constant['element'], given: number | readonly number[], shape?: Shape): string {
    const values = typeof given === 'number' ? [given] : given;
    const name = `${this.prefix}.constant${this.constants.length}`;
    this.constants.push({
      name,
      element,
      shape: shape ?? (typeof given === 'number' ? [] : [given.length]),
      values,
    });
    return name;
  }

  /** The elements as those of another type; as they are if they are of it. */
  cast(operand: Operand, to: Element, from?: Element): string {
    return from === to ? nameOf(operand) : this.node('Cast', [operand], { to: { element: to } });
  }

  /** The same elements in another shape. Axes that follow the batch may be several. */
  reshape(operand: Operand, { shape, growth }: Pick<Form, 'shape' | 'growth'>): string {
    if (growth.filter((more) => more !== 0).length > 1)
      return this.node('Reshape', [operand, this.lengths({ shape, growth })]);
    const target = shape.map((length, axis) => (growth[axis] ? -1 : length));
    // A length of 0 would stand for that of the input.
    const attributes: Attributes = target.includes(0) ? { allowzero: 1 } : {};
    return this.node('Reshape', [operand, this.ints(target)], attributes);
  }

  /** A tensor of lengths, some of which follow the batch. */
  lengths({ shape, growth }: Pick<Form, 'shape' | 'growth'>): string {
    if (growth.every((more) => more === 0)) return this.ints(shape);
    const parts = shape.map((length, axis) =>
      growth[axis] ? this.length(length, growth[axis]) : this.ints([length]),
    );
    return this.node('Concat', parts, { axis: 0 });
  }

  /** growth · N, and what is left of a length in the sample. */
  private length(length: number, growth: number): string {
    if (!this.batch) throw new OnnxError(`a length of ${length} follows the batch, but no input does`);
    const { name, samples } = this.batch;
    const size = this.node('Shape', [name], { start: 0, end: 1 });
    const rest = length - growth * samples;
    return this.node('Add', [this.node('Mul', [size, this.ints([growth])]), this.ints([rest])]);
  }
}
