import { expect, test } from 'vitest';
import { kernelFamily } from '../../runtime/kernel-family';

/** A family that tells how often it made a kernel. */
function counted() {
  let made = 0;
  const kernelFor = kernelFamily((form: unknown) => {
    made += 1;
    return { name: `${made}`, source: JSON.stringify(form) };
  });
  return { kernelFor, made: () => made };
}

test.each<[string, unknown, unknown]>([
  ['numbers', { rows: 1 }, { rows: 2 }],
  ['names', { rows: 1 }, { columns: 1 }],
  ['a number and its text', { rows: 1 }, { rows: '1' }],
  ['where one list ends and the next begins', [[1, 2], [3]], [[1], [2, 3]]],
  ['where a record within ends', { a: { b: 1 }, c: 2 }, { a: { b: 1, c: 2 } }],
  ['a form that goes on', { a: 1 }, { a: 1, b: 2 }],
  ['an empty list and none', { a: [] }, {}],
])('a kernel family tells apart %s', (_, one, other) => {
  const { kernelFor, made } = counted();
  for (const form of [one, other, one]) expect(kernelFor(form).source).toBe(JSON.stringify(form));
  expect(made()).toBe(2);
});

test('a kernel family makes a kernel once for equal forms, whatever is left out or undefined', () => {
  const { kernelFor, made } = counted();
  const [first, second] = [
    kernelFor({ a: [1, { b: 'x' }] }),
    kernelFor({ a: [1, { b: 'x' }], c: undefined }),
  ];
  expect(second).toBe(first);
  expect(made()).toBe(1);
});
