import { aModule } from '../nn/module';
import {
  ArgumentError,
  aCount,
  aFunction,
  anObject,
  type Check,
  checkArgument,
  kind,
  listOf,
  mapOf,
  options,
} from '../tensor/guard';
import { places, singles } from '../tensor/guard-tensor';
import { Tensor } from '../tensor/tensor';

const canBeWalked = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (Symbol.iterator in value || Symbol.asyncIterator in value) &&
  !(value instanceof Map);

export const aBatches = kind('an array or another iterable of batches { inputs, labels }', canBeWalked);
export const aFisher: Check = mapOf(singles);
export const taskList = listOf(
  'tasks',
  kind(
    'a task { id }, whose id is a text',
    (value) => typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string',
  ),
);
const taskData = options({ batches: aFunction, classes: aCount });

/** What a caller's function gives, looked at. @throws ArgumentError */
export async function asked<Given>(
  op: string,
  by: keyof typeof ANSWERS,
  answer: Given | Promise<Given>,
): Promise<Given> {
  const given = await answer;
  checkArgument(op, `what ${by} gives`, given, ANSWERS[by]);
  return given;
}

const ANSWERS = { networkOf: aModule, probeOf: aModule, dataOf: taskData };
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
