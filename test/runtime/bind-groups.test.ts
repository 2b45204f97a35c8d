import { expect, test } from 'vitest';
import { BindGroups, MOST_GROUPS } from '../../runtime/bind-groups';
import { collectGarbage } from '../../runtime/collect.node';
import { numbered } from '../../runtime/pooled-buffer';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const newBuffer = () => numbered({} as GPUBuffer, 256);
const blocks = {} as GPUBuffer;
const place = { offset: 0, size: 16 };

/** A device that counts the groups it made and those that nobody holds any more. */
function countingDevice() {
  const counts = { made: 0, freed: 0 };
  const freed = new FinalizationRegistry<undefined>(() => {
    counts.freed += 1;
  });
  const createBindGroup = () => {
    const group = {};
    freed.register(group, undefined);
    counts.made += 1;
    return group;
  };
  return { counts, device: { createBindGroup } as unknown as GPUDevice };
}

const pipeline = { getBindGroupLayout: () => ({}) } as unknown as GPUComputePipeline;

test('a group is made once for a pipeline, a block and buffers', () => {
  const { counts, device } = countingDevice();
  const groups = new BindGroups(device, undefined);
  const [a, b] = [newBuffer(), newBuffer()];
  const first = groups.get(pipeline, blocks, place, [a, b]);
  expect(groups.get(pipeline, blocks, place, [a, b])).toBe(first);
  for (const [of, other] of [
    [pipeline, [b, a]],
    [pipeline, [a]],
    [{ ...pipeline }, [a, b]],
  ] as const)
    expect(groups.get(of, blocks, place, other)).not.toBe(first);
  expect(groups.get(pipeline, blocks, { ...place, offset: 256 }, [a, b])).not.toBe(first);
  expect(counts.made).toBe(5);
});

test('groups that nobody comes back to do not pile up until V8 finds the time', async () => {
  const { counts, device } = countingDevice();
  const groups = new BindGroups(device, collectGarbage);
  for (let i = 0; i < 8 * MOST_GROUPS; i++) {
    groups.get(pipeline, blocks, place, [newBuffer()]);
    if (i % 128 === 0) await turn();
  }
  await turn();
  expect(counts.made).toBe(8 * MOST_GROUPS);
  expect(counts.made - counts.freed).toBeLessThanOrEqual(3 * MOST_GROUPS);
});

test('groups that were let go are made anew', () => {
  const { counts, device } = countingDevice();
  const groups = new BindGroups(device, undefined);
  const a = newBuffer();
  const first = groups.get(pipeline, blocks, place, [a]);
  groups.clear();
  expect(groups.get(pipeline, blocks, place, [a])).not.toBe(first);
  expect(counts.made).toBe(2);
});
