import { ArgumentError, anObject, type Check, kind, mapOf } from '../tensor/guard';
import { places, singles } from '../tensor/guard-tensor';
import { Tensor } from '../tensor/tensor';

const canBeWalked = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (Symbol.iterator in value || Symbol.asyncIterator in value) &&
  !(value instanceof Map);

export const aBatches = kind('an array or another iterable of batches { inputs, labels }', canBeWalked);
export const aFisher: Check = mapOf(singles);
const WITH_TARGETS = 'one with targets';
const WITH_LABELS = 'one with labels: the Fisher information is that of cross-entropy, over classes';
const inputs = kind('a tensor', (value) => value instanceof Tensor);

/** The batches, each looked at as it comes. @throws ArgumentError, DTypeError */
export async function* checkedBatches<B extends { readonly inputs: Tensor; readonly labels: Tensor }>(
  op: string,
  batches: Iterable<B> | AsyncIterable<B>,
): AsyncGenerator<B> {
  let number = 0;
  for await (const batch of batches) {
    const call = { op };
    const name = `batch ${number++}`;
    anObject(call, name, batch);
    inputs(call, `inputs of ${name}`, batch.inputs);
    if ('targets' in batch) throw new ArgumentError(op, name, WITH_TARGETS, WITH_LABELS);
    places(call, `labels of ${name}`, batch.labels);
    yield batch;
  }
}
