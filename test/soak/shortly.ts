import { expect } from 'vitest';
import type { Soak } from './kind';
import { runSoak } from './run';

/** The short form of a kind, as a test: a share of its cases, none of which may show a fault. */
export async function shortly(soak: Soak, share: number): Promise<void> {
  const { faults, line } = await runSoak(soak, { share, seed: 1, seconds: 100, say: () => undefined });
  expect(faults, line).toEqual([]);
}
