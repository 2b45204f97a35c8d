import type { DType } from '../tensor/dtype';
import { formatShape, type Shape } from '../tensor/shape';
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

/** The nodes of one call. Everything in it is called after `prefix`. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];

  constructor(private readonly prefix: string) {}

  /** Adds an operator of ONNX. @returns the name of what it gives */
  node(op: string, operands: readonly Operand[], attributes: Attributes = {}): string {
    const inputs = operands.map(nameOf);
    while (inputs.at(-1) === '') inputs.pop();
    const output = `${this.prefix}.${this.nodes.length}`;
    this.nodes.push({ op, inputs, output, attributes });
    return output;
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

  /** The same elements in another shape, in which at most one axis grows with the batch. @throws OnnxError */
  reshape(operand: Operand, { shape, growth }: Omit<Form, 'element'>): string {
    if (growth.filter((more) => more !== 0).length > 1)
      throw new OnnxError(
        `a reshape to ${formatShape(shape)} has more than one axis that grows with the batch; export a batch of one size: { fixedBatch: true }`,
      );
    const target = shape.map((length, axis) => (growth[axis] ? -1 : length));
    // A length of 0 would stand for that of the input.
    const attributes: Attributes = target.includes(0) ? { allowzero: 1 } : {};
    return this.node('Reshape', [operand, this.ints(target)], attributes);
  }
}
