import type { MadeCall } from '../ops/calls';
import { formatShape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { OnnxError } from './errors';
import { type Batch, type Constant, ELEMENT_OF, type Form, Graph, type Value } from './graph';
import type { Node } from './model';
import type { Row } from './row';
import { ROWS, WITHOUT } from './table';
import { type Trace, tensorsIn } from './trace';

/** The same thing in two forward passes, whose inputs differ: by one sample more, unless the batch is fixed. */
export type Twice<T> = readonly [T, T];

/** A tensor that the graph needs and no call made: of the network's state, or one that its forward pass has. */
export interface Held {
  readonly name: string;
  readonly form: Form;
  readonly tensors: Twice<Tensor>;
}

export interface Translation {
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
  readonly held: readonly Held[];
  /** What comes out. */
  readonly output: Form;
}

/** What stands in the graph before the first call. */
export interface Given {
  /** The inputs of both passes, and what they are called in the graph. */
  readonly inputs: readonly { readonly tensors: Twice<Tensor>; readonly name: string }[];
  /** Names of the network's own tensors. */
  readonly state: ReadonlyMap<Tensor, string>;
  readonly outputName: string;
}

/** What to do where two passes differ. */
const FIX =
  'if it depends on the batch, export one of a single size: { fixedBatch: true }; if on chance or on what goes in, it cannot be written';

/** What two tensors have in common. @throws OnnxError if that is too little */
export function formOf([a, b]: Twice<Tensor>, what: string): Form {
  const element = ELEMENT_OF[a.dtype];
  if (a.shape.length !== b.shape.length || ELEMENT_OF[b.dtype] !== element)
    throw new OnnxError(`${what} is ${a} in one forward pass and ${b} in the next; ${FIX}`);
  return { shape: a.shape, growth: a.shape.map((length, axis) => b.shape[axis] - length), element };
}

/** @throws OnnxError that says what can be exported */
function rowOf(op: string): Row {
  const row = ROWS.get(op);
  if (row) return row;
  const known = [...ROWS.keys()].sort().join(', ');
  const reason = WITHOUT.get(op);
  throw new OnnxError(
    reason
      ? `the network calls ops.${op}, which no file can hold: ${reason}; leave it out of forward()`
      : `the network calls the op '${op}', which is not known to ONNX; put it together from those that are: ${known}`,
  );
}

/** Puts the graph together while it walks two traces of one network side by side. */
class Translator {
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];
  readonly held: Held[] = [];
  private readonly values = new Map<Tensor, Value>();
  private readonly counts = new Map<string, number>();
  private readonly batch: Batch | undefined;

  constructor(private readonly given: Given) {
    for (const { tensors, name } of given.inputs) {
      const [{ shape }, { shape: other }] = tensors;
      if (shape[0] !== other[0]) this.batch ??= { name, samples: shape[0] };
      this.note(tensors, { ...formOf(tensors, `input '${name}'`), name });
    }
  }

  /** Adds the nodes of a call. @throws OnnxError if they are not the same in both passes */
  add([a, b]: Twice<MadeCall>): void {
    const row = rowOf(a.op);
    const inputs = a.inputs.map((input, i) => {
      const other = b.inputs[i];
      return input && other && this.valueOf([input, other]);
    });
    const others = tensorsIn(b.attrs);
    for (const [i, tensor] of tensorsIn(a.attrs).entries()) this.valueOf([tensor, others[i] ?? tensor]);
    const output = formOf([a.output, b.output], `what ops.${a.op} gives`);
    const prefix = this.numbered(a.op);
    const [first, second] = [a, b].map(({ attrs }) => {
      const graph = this.graph(prefix);
      const heldValue = (tensor: Tensor) => this.valueOf([tensor, tensor]);
      const name = row(graph, { inputs: inputs as readonly Value[], attrs, output, heldValue });
      return { graph, name };
    });
    if (JSON.stringify(first) !== JSON.stringify(second))
      throw new OnnxError(
        `a call of ops.${a.op} on ${a.inputs.filter((input) => input !== undefined).join(' and ')} differs between two forward passes; ${FIX}`,
      );
    this.take(first.graph);
    this.note([a.output, b.output], { ...output, name: first.name });
  }

  /** Has what comes out bear its name. */
  finish(output: Twice<Tensor>): Form {
    const { outputName } = this.given;
    const { name, ...form } = this.valueOf(output);
    if (this.nodes.some((node) => node.output === name)) {
      const renamed = (one: string) => (one === name ? outputName : one);
      for (const [i, node] of this.nodes.entries())
        this.nodes[i] = { ...node, inputs: node.inputs.map(renamed), output: renamed(node.output) };
    } else {
      this.nodes.push({ op: 'Identity', inputs: [name], output: outputName, attributes: {} });
    }
    return form;
  }

  private numbered(name: string): string {
    const count = this.counts.get(name) ?? 0;
    this.counts.set(name, count + 1);
    return `/${name}_${count}`;
  }

  private take({ nodes, constants }: Graph): void {
    this.nodes.push(...nodes);
    this.constants.push(...constants);
  }

  private note(tensors: Twice<Tensor>, value: Value): void {
    for (const tensor of tensors) this.values.set(tensor, value);
  }

  private valueOf(tensors: Twice<Tensor>): Value {
    const [known, other] = tensors.map((tensor) => this.values.get(tensor));
    if (known !== other)
      throw new OnnxError(`${tensors.join(' and ')} come from different calls in two forward passes; ${FIX}`);
    if (known) return known;
    const name = this.given.state.get(tensors[0]) ?? this.numbered('constant');
    const form = formOf(tensors, `the tensor '${name}'`);
    this.held.push({ name, form, tensors });
    const value = form.growth.some((more) => more !== 0) ? this.expanded(name, form) : { ...form, name };
    this.note(tensors, value);
    return value;
  }

  /** A tensor whose length along an axis follows the batch, from a single slice of it. */
  private expanded(name: string, form: Form): Value {
    const graph = this.graph(`/${name}.expanded`);
    const expanded = graph.node('Expand', [name, graph.lengths(form)]);
    this.take(graph);
    return { ...form, name: expanded };
  }

  private readonly graph = (prefix: string): Graph => new Graph(prefix, this.batch);
}

/**
 * One graph of two traces of a network.
 * @throws OnnxError on an op without a row, or where the passes do not do the same
 */
export function translate([a, b]: Twice<Trace>, given: Given): Translation {
  const translator = new Translator(given);
  for (const [i, call] of a.calls.entries()) {
    const other = b.calls[i];
    if (call.op !== other?.op || call.inputs.length !== other.inputs.length)
      throw new OnnxError(
        `after ${i} calls the network calls ops.${call.op} in one forward pass and ${other ? `ops.${other.op}` : 'nothing'} in the next, on ${formatShape(call.output.shape)}; ${FIX}`,
      );
    translator.add([call, other]);
  }
  const output = translator.finish([a.output, b.output]);
  const { nodes, constants, held } = translator;
  return { nodes, constants, held, output };
}
