import type { Tensor } from '../tensor/tensor';
import type { Form, Graph, Value } from './graph';

/** A call of an op, as a row sees it. */
export interface OnnxCall<Attrs = unknown, Inputs extends readonly (Value | undefined)[] = readonly Value[]> {
  /** As the op's record has them. */
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  /** What the op gives. */
  readonly output: Form;
  /** What a tensor among the attributes is. */
  readonly heldValue: (tensor: Tensor) => Value;
}

/** How calls of one op become nodes. @returns the name of what they give, which may be that of an input */
export type Row = (graph: Graph, call: OnnxCall) => string;

/**
 * A row of the table, for an op whose record has these attributes and inputs. The test of all ops looks whether it has:
 * it runs every sample of the op through a file.
 */
export const row = <Attrs = unknown, Inputs extends readonly (Value | undefined)[] = readonly Value[]>(
  emit: (graph: Graph, call: OnnxCall<Attrs, Inputs>) => string,
): Row => emit as unknown as Row;

/** An op that is one operator of ONNX without attributes. */
export const same = (op: string): Row => row((graph, { inputs }) => graph.node(op, inputs));
