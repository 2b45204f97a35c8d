import { countOf, type HostArray, shapeText } from './array';
import type { CheckedOptions } from './check-options';
import { compareValues } from './checks';
import { KernelError } from './errors';
import type { Finding, Output } from './examine';
import type { Setup } from './setup';

/** A buffer after the dispatch; what the kernel does not write is as it was. Undefined if there is none of the name. */
export function arrayAfter(
  { buffers }: Setup,
  outputs: readonly Output[],
  name: string,
): HostArray | undefined {
  const isIt = (one: { readonly name: string }) => one.name === name;
  return outputs.find(isIt)?.array ?? buffers.find(isIt)?.data;
}

/** Where buffers are not what was expected. @throws KernelError if their lengths differ */
export function mismatches(
  setup: Setup,
  outputs: readonly Output[],
  { expect, tolerance }: Pick<CheckedOptions, 'expect' | 'tolerance'>,
): Finding[] {
  const found: Finding[] = [];
  for (const [name, expected] of expect) {
    const array = arrayAfter(setup, outputs, name);
    if (!array) continue; // refused before the kernel ran
    const what = expected.file ?? 'what was expected';
    const total = countOf(array.shape);
    if (countOf(expected.shape) !== total)
      throw new KernelError(`${what} holds ${shapeText(expected)}, but ${name} is ${shapeText(array)}`);
    const { count, first, worst, worstAt } = compareValues(array, expected, tolerance);
    if (count === 0) continue;
    const text = `${name} differs from ${what} in ${count} of ${total} values, first number ${first}; the largest error is ${worst.toPrecision(3)}, in number ${worstAt}`;
    found.push({ kind: 'mismatch', buffer: name, text });
  }
  return found;
}
