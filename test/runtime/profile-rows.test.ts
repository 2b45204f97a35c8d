import { describe, expect, test } from 'vitest';
import { compare, type KernelCalls, type Limits, summarize } from '../../runtime/profile';

const calls = (more: Partial<KernelCalls>): KernelCalls => ({
  kernel: 'k',
  variant: '',
  phase: 'forward',
  op: 'op',
  layer: 'a',
  shape: '[1]',
  calls: 1,
  bytes: 0,
  seconds: 1,
  shortest: 1,
  longest: 1,
  ...more,
});
const profileOf = (...kernels: KernelCalls[]) => ({
  kernels,
  gpuSeconds: kernels.reduce((sum, { seconds }) => sum + seconds, 0),
});
const limits: Limits = { flopsPerSecond: 100e9, bytesPerSecond: 10e9, launchSeconds: 1e-5 };

describe('summarize', () => {
  const profile = profileOf(
    calls({ kernel: 'mm', variant: 'B=1', layer: 'a', seconds: 1, calls: 2, flops: 30e9, bytes: 1e9 }),
    calls({ kernel: 'mm', variant: 'B=1', layer: 'b', phase: 'backward', seconds: 2, calls: 4, flops: 15e9 }),
    calls({ kernel: 'copy', op: '', layer: '', seconds: 5, calls: 1, bytes: 40e9 }),
  );

  test('adds up what shares a kernel and variant, longest first', () => {
    const [copy, product] = summarize(profile);
    expect(copy).toMatchObject({
      name: 'copy',
      calls: 1,
      seconds: 5,
      meanSeconds: 5,
      share: 5 / 8,
      gbytes: 8,
    });
    expect(copy.gflops).toBeUndefined();
    expect(product).toMatchObject({ name: 'mm (B=1)', calls: 6, seconds: 3, meanSeconds: 0.5, share: 3 / 8 });
    expect(product.gflops).toBeCloseTo((2 * 30 + 4 * 15) / 3);
    expect(product.gbytes).toBeCloseTo(2 / 3);
  });

  test('groups by op, layer, phase and shape', () => {
    const names = (by: 'op' | 'layer' | 'phase' | 'shape') => summarize(profile, by).map(({ name }) => name);
    expect(names('op')).toEqual(['– forward', 'op backward', 'op forward']);
    expect(names('layer')).toEqual(['– forward', 'b backward', 'a forward']);
    expect(names('phase')).toEqual(['forward', 'backward']);
    expect(names('shape')).toEqual(['copy [1]', 'mm [1]']);
  });

  test('says what bounds a row, and how close it comes', () => {
    const bound = (more: Partial<KernelCalls>) => {
      const [row] = summarize(profileOf(calls(more)), 'kernel', limits);
      return [row.boundBy, row.limitShare];
    };
    expect(bound({ seconds: 1, flops: 50e9, bytes: 1e9 })).toEqual(['compute', 0.5]);
    expect(bound({ seconds: 1, flops: 5e9, bytes: 8e9 })).toEqual(['memory', 0.8]);
    expect(bound({ seconds: 1.5e-5, bytes: 15e3 })).toEqual(['launch', expect.closeTo(0.1)]);
    expect(bound({ seconds: 3e-5, bytes: 15e3 })[0]).toBe('memory');
    expect(summarize(profile)[0].boundBy).toBeUndefined();
  });

  test('of nothing is nothing', () => {
    expect(summarize(profileOf())).toEqual([]);
  });
});

test('compare › pairs rows by name, the largest change first, and keeps those of one side', () => {
  const before = profileOf(calls({ kernel: 'a', seconds: 1 }), calls({ kernel: 'gone', seconds: 0.5 }));
  const after = profileOf(calls({ kernel: 'a', seconds: 3 }), calls({ kernel: 'new', seconds: 0.25 }));
  expect(compare(before, after).map(({ name, change }) => [name, change])).toEqual([
    ['a', 2],
    ['gone', -0.5],
    ['new', 0.25],
  ]);
  const [a, gone, fresh] = compare(before, after);
  expect([a.before?.seconds, a.after?.seconds]).toEqual([1, 3]);
  expect([gone.after, fresh.before]).toEqual([undefined, undefined]);
});
