import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openGpu } from '../../src/node';

const descriptors = () => readdirSync('/proc/self/fd').length;

async function cycle(): Promise<void> {
  const gpu = await openGpu();
  gpu.dispose();
  await wait(10); // what was collected is let go of in a turn of the event loop
}

/** A device that lives on keeps a descriptor, and 16 of 16 did. The last ones are freed with the next. */
test.skipIf(!existsSync('/proc/self/fd'))('GPUs that were disposed of leave nothing open', async () => {
  for (let i = 0; i < 4; i++) await cycle();
  const before = descriptors();
  for (let i = 0; i < 16; i++) await cycle();
  expect(descriptors() - before).toBeLessThanOrEqual(4);
});

test('a GPU that was disposed of with work under way, and collected, is not looked at again', async () => {
  // Dawn looks after its instance in later turns: it ended the process where the instance was freed by then.
  for (let i = 0; i < 12; i++) {
    const gpu = await openGpu();
    const read = gpu.ones([1000]).data();
    gpu.dispose();
    await read.catch(() => undefined);
    globalThis.gc?.();
    await wait();
    globalThis.gc?.();
  }
});
