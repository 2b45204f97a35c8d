import { expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import * as table from '../../src/ops/table';
import { useDevice } from './device';

const ops = { ...table };
const device = useDevice();

const KEEP_ZERO = [
  'sin',
  'tan',
  'expm1',
  'log1p',
  'floor',
  'ceil',
  'round',
  'silu',
  'mish',
  'elu',
  'leakyRelu',
] as const;
const FURTHER = [
  ...KEEP_ZERO,
  'cos',
  'rsqrt',
  'reciprocal',
  'square',
  'sign',
  'softplus',
  'hardSigmoid',
  'hardSwish',
  'gelu',
  'softmin',
] as const;

test.each(KEEP_ZERO)('%s › −0 stays −0', async (name) => {
  expect([...(await ops[name](device.gpu.tensor([-0, 0], [2])).data())]).toEqual([-0, 0]);
});

test('round › halves go to the even number, and −0.5 to −0', async () => {
  const x = device.gpu.tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 8388607.5], [7]);
  expect([...(await ops.round(x).data())]).toEqual([-2, -2, -0, 0, 2, 2, 8388608]);
});

test.each(FURTHER)('%s › of no axes and of no elements has gradients of the same shape', async (name) => {
  for (const shape of [[], [0, 3]]) {
    const x = device.gpu.full(shape, 0.4, { requiresGrad: true });
    const y = ops[name](x);
    expect(y.shape).toEqual(shape);
    backward(y, device.gpu.ones(shape));
    expect(x.grad?.shape).toEqual(shape);
    expect(await x.grad?.data()).toHaveLength(shape.length === 0 ? 1 : 0);
  }
});
