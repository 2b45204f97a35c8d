import { expect, test } from 'vitest';
import type { CpuSpan } from '../../runtime/profile';
import { stepParts } from '../../src/web/profile/step-parts';

const work = (start: number, end: number): CpuSpan => ({ name: 'op', kind: 'work', start, end });
const kernel = (start: number, end: number) => ({ calls: 0, start, end });

test('a step’s time is split into kernels, JavaScript alone and the way between, each moment once', () => {
  const cpu = [work(0, 3), work(1, 2), work(3, 5), { ...work(5, 9), kind: 'wait' as const }];
  const gpu = [kernel(4, 6), kernel(5.5, 7), kernel(9, 12)];
  // kernels 4 to 7 and 9 to 10; JavaScript before them from 0 to 4; nobody from 7 to 9
  expect(stepParts({ wallSeconds: 10, gpu, cpu })).toEqual({ kernels: 4, script: 4, rest: 2 });
});

test('a step without kernels is JavaScript and the way', () => {
  expect(stepParts({ wallSeconds: 3, gpu: [], cpu: [work(0, 1)] })).toEqual({
    kernels: 0,
    script: 1,
    rest: 2,
  });
});
