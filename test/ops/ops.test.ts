import { beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';
import { testOp } from './harness';
import { references } from './references';
import { table } from './table';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

describe('every op of the table', () => {
  for (const [name, op] of table) {
    const reference = references[name];
    if (reference) testOp(() => gpu, op, reference);
  }

  test('has an f64 reference, and samples', () => {
    expect(table.filter(([name]) => !references[name]).map(([name]) => name)).toEqual([]);
    expect(table.filter(([, op]) => op.record.samples().length === 0).map(([name]) => name)).toEqual([]);
  });
});
