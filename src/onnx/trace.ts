import { type MadeCall, watchingCalls } from '../ops/calls';
import type { Storage } from '../tensor/storage';
import { Tensor } from '../tensor/tensor';
import { OnnxError } from './errors';
import { ROWS } from './table';

/** What a forward pass did, as far as its result needs it, in the order it was done. */
export interface Trace {
  readonly calls: readonly MadeCall[];
  readonly output: Tensor;
}

/** All tensors in the attributes of a call, in an order that is always the same. */
export function tensorsIn(attrs: unknown): Tensor[] {
  if (attrs instanceof Tensor) return [attrs];
  if (typeof attrs !== 'object' || attrs === null || ArrayBuffer.isView(attrs)) return [];
  return Object.values(attrs).flatMap(tensorsIn);
}

const readBy = ({ inputs, attrs }: MadeCall): Tensor[] => [
  ...inputs.filter((input) => input !== undefined),
  ...tensorsIn(attrs),
];

/**
 * Runs a forward pass and keeps its calls.
 * @param before what is there before the pass: the inputs, and the network's own tensors
 * @throws OnnxError if it gives no tensor; what `forward` throws
 */
export function trace(before: Iterable<Tensor>, forward: () => unknown): Trace {
  const calls: MadeCall[] = [];
  const known = new Set<Tensor>();
  const owners = new Map<Storage, Tensor>();
  const know = (tensor: Tensor) => {
    known.add(tensor);
    if (!owners.has(tensor.storage)) owners.set(tensor.storage, tensor);
  };
  const meet = (tensor: Tensor) => {
    if (known.has(tensor)) return;
    // `detach()` makes another tensor of the same elements, and is no op.
    const owner = owners.get(tensor.storage);
    if (owner) calls.push({ op: 'view', inputs: [owner], attrs: {}, output: tensor });
    know(tensor);
  };
  for (const tensor of before) know(tensor);
  const output = watchingCalls((call) => {
    for (const tensor of readBy(call)) meet(tensor);
    if (call.inputs.includes(call.output)) return; // it gives back what it was given
    calls.push(call);
    know(call.output);
  }, forward);
  if (!(output instanceof Tensor))
    throw new OnnxError('the forward pass gives no tensor; return its result from forward()');
  meet(output);
  return { calls: neededFor(output, calls), output };
}

/**
 * An op that is made of others comes after them. Of calls that give the same tensor the last one counts that ONNX knows, so
 * that an op of a program's own may have a gradient of its own and call others forward.
 */
function neededFor(output: Tensor, calls: readonly MadeCall[]): MadeCall[] {
  const makers = new Map<Tensor, MadeCall>();
  for (const call of calls) if (ROWS.has(call.op) || !makers.has(call.output)) makers.set(call.output, call);
  const needed = new Set([output]);
  const used = calls.toReversed().filter((call) => {
    if (makers.get(call.output) !== call || !needed.has(call.output)) return false;
    for (const tensor of readBy(call)) needed.add(tensor);
    return true;
  });
  return used.reverse();
}
