import type { Gpu } from '../src/tensor/gpu';

const sentinels = new FinalizationRegistry<() => void>((finalized) => finalized());

/** Collects garbage, and waits until the finalizers of what was collected have begun to run. */
async function collect(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error('settledMemory needs node --expose-gc (vitest.config.ts)');
  const collected = new Promise<void>((resolve) => {
    sentinels.register({}, resolve);
  });
  const again = setInterval(globalThis.gc, 10);
  await collected;
  clearInterval(again);
}

/**
 * `gpu.memory()` once nothing is left that a garbage collection could still give back: a collection that comes
 * later, in the middle of the work a test counts over, then finds nothing of earlier work to free.
 */
export async function settledMemory(gpu: Gpu): Promise<ReturnType<Gpu['memory']>> {
  await gpu.runtime.idle();
  for (let unchanged = 0, tensors = -1; unchanged < 2; ) {
    await collect();
    unchanged = gpu.memory().tensors === tensors ? unchanged + 1 : 0;
    ({ tensors } = gpu.memory());
  }
  return gpu.memory();
}
