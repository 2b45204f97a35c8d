import { expect, test } from 'vitest';
import { Look } from '../../src/tensor/look';
import { useGpu } from '../use-gpu';

const held = useGpu();

function lookAt(...values: readonly unknown[]): Look {
  const look = new Look();
  for (const value of values) look.at(value);
  return look;
}

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  const [one, other] = [lookAt(...a), lookAt(...b)];
  return one.hash === other.hash && one.atoms.every((atom, i) => Object.is(atom, other.atoms[i]));
};

test('calls are of one kind if all but the elements of tensors is the same', () => {
  const { gpu } = held;
  const [a, b] = [gpu.ones([2, 3]), gpu.zeros([2, 3])];
  expect(isSame([[a], { stride: [1, 2] }], [[b], { stride: [1, 2] }])).toBe(true);
  for (const [one, other] of [
    [[a], [gpu.ones([3, 2])]],
    [[a], [gpu.ones([2, 3], { dtype: 'i32' })]],
    [[a], [a, undefined]],
    [
      [a, a],
      [a, b],
    ],
    [
      [a, a.view([6])],
      [a, b.view([6])],
    ],
    [{ stride: [1, 2] }, { stride: [2, 1] }],
    [{ stride: 1 }, { padding: 1 }],
    [{ eps: 1e-5 }, { eps: 1e-6 }],
    [{ eps: 0 }, { eps: -0 }],
    [[[1], 2], [[1, 2]]],
    [{ a: {}, b: 1 }, { a: { b: 1 } }],
    ['sum', 'max'],
    [true, 1],
    [null, undefined],
  ])
    expect(isSame([one], [other])).toBe(false);
});

test('what cannot be told by looking is not plain, and is not looked through', () => {
  const own: Record<string, unknown> = { first: new Map() };
  own.self = own;
  for (const value of [() => 1, new Map(), new Float32Array(1 << 20), { now: 3 }, { a: [own] }])
    expect(lookAt({ value }).isPlain).toBe(false);
  expect(lookAt(new Float32Array(1 << 20)).atoms.length).toBeLessThan(3);
  expect(lookAt({ a: [1, 'two', null, undefined, true, { b: Number.NaN }] }).isPlain).toBe(true);
});
