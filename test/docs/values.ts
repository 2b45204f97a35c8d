import { expect } from 'vitest';
import { Tensor } from '../../src/tensor/tensor';

/** A line of an example that says what an expression is. */
const SAID = /^(\s*)(\S.*?);? \/\/ → (.+)$/gm;
const LEAF = /'[^']*'|-?\b\d+(?:\.(\d+))?(?:e-?\d+)?/g;

/** The example with its claims as calls: `relu(x); // → [0, 2]` becomes `said(relu(x), "[0, 2]");`. */
export const withClaims = (text: string): string =>
  text.replace(
    SAID,
    (_, indent, expression, value) => `${indent}await said(${expression}, ${JSON.stringify(value)});`,
  );

/**
 * Checks what an example says of a value. Numbers with decimals are compared to as many, others exactly; a tensor stands
 * for its elements.
 */
export async function said(value: unknown, written: string): Promise<void> {
  expect(await plain(await value)).toEqual(parsed(written));
}

/** What is written as data, in which numbers with decimals equal all that round to them. */
function parsed(written: string): unknown {
  const source = written.replace(LEAF, (leaf, decimals) =>
    decimals ? `near(${leaf}, ${decimals.length})` : leaf,
  );
  return new Function('near', `return (${source});`)((value: number, digits: number) =>
    expect.closeTo(value, digits),
  );
}

async function plain(value: unknown): Promise<unknown> {
  if (value instanceof Tensor) return nested([...(await value.data())], value.shape);
  if (typeof value === 'number') return value + 0; // −0 is 0
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) return plain([...(value as Uint8Array)]);
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  return value;
}

/** Elements in rows. */
function nested(elements: readonly number[], [length, ...inner]: readonly number[]): unknown {
  if (length === undefined) return elements[0] + 0;
  if (inner.length === 0) return elements.map((element) => element + 0);
  const each = elements.length / length;
  return Array.from({ length }, (_, i) => nested(elements.slice(i * each, (i + 1) * each), inner));
}
