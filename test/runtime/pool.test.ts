import { describe, expect, test } from 'vitest';
import { GpuOutOfMemoryError } from '../../runtime/errors';
import { BufferPool, NoRoomError, sizeClass } from '../../runtime/pool';

const MIB = 1 << 20;

/** A pool over a device that only counts, and a batch that the test opens and submits. */
function fakePool(options: { memoryLimit?: number; poolLimit?: number; bindingLimit?: number } = {}) {
  const state = { made: [] as number[], destroyed: [] as number[], open: false, submits: 0 };
  const answers: (null | { message: string })[] = [];
  const device = {
    limits: { maxBufferSize: 4096 * MIB, maxStorageBufferBindingSize: options.bindingLimit ?? 128 * MIB },
    pushErrorScope: () => undefined,
    popErrorScope: () => Promise.resolve(answers.shift() ?? null),
    createBuffer: ({ size }: { size: number }) => {
      state.made.push(size);
      return { destroy: () => state.destroyed.push(size) };
    },
  };
  const failures: GpuOutOfMemoryError[] = [];
  const pool: BufferPool = new BufferPool(device as unknown as GPUDevice, {
    memoryLimit: options.memoryLimit ?? Number.POSITIVE_INFINITY,
    poolLimit: options.poolLimit ?? 1024 * MIB,
    onAllocation: (_, refusal) => {
      refusal.then((error) => error && failures.push(error));
    },
    batch: {
      isOpen: () => state.open,
      submit: () => {
        state.open = false;
        state.submits += 1;
        pool.submitted();
      },
    },
  });
  return { pool, state, failures, refuseNext: () => answers.push({ message: 'no room' }) };
}

describe('size classes', () => {
  test('hold what was asked for and waste at most a quarter of it', () => {
    for (let bytes = 256; bytes < 3e9; bytes = Math.ceil(bytes * 1.013)) {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size - bytes).toBeLessThanOrEqual(Math.max(256, bytes / 4));
      expect(size % 16).toBe(0);
      expect(sizeClass(size)).toBe(size);
    }
  });

  test('are few: at most four an octave', () => {
    const sizes = new Set(Array.from({ length: 4096 }, (_, i) => sizeClass(4096 + i + 1)));
    expect(sizes.size).toBeLessThanOrEqual(4);
  });

  test('never push a buffer that can be bound over the limit of a binding', () => {
    const { pool, state } = fakePool({ bindingLimit: 100 * MIB });
    pool.acquire(99 * MIB, 'large');
    expect(state.made).toEqual([99 * MIB]);
  });
});

describe('lending', () => {
  test('a returned buffer is not lent again before the batch that may use it was submitted', () => {
    const { pool, state } = fakePool();
    state.open = true;
    const first = pool.acquire(1000, 'a');
    pool.release(first);
    const second = pool.acquire(1000, 'b');
    expect(second).not.toBe(first);
    pool.submitted();
    expect(pool.acquire(1000, 'c')).toBe(first);
  });

  test('the oldest is lent first, in whatever order they came back', () => {
    const { pool } = fakePool();
    const lent = [1, 2, 3, 4, 5].map(() => pool.acquire(1000, 'a'));
    for (const i of [2, 4, 0, 3, 1]) pool.release(lent[i]);
    expect([1, 2, 3].map(() => pool.acquire(1000, 'b'))).toEqual(lent.slice(0, 3));
    pool.release(lent[1]);
    expect([1, 2, 3].map(() => pool.acquire(1000, 'c'))).toEqual([lent[1], lent[3], lent[4]]);
  });

  test('it is lent again at once while nothing is being recorded', () => {
    const { pool } = fakePool();
    const first = pool.acquire(1000, 'a');
    pool.release(first);
    expect(pool.acquire(1000, 'b')).toBe(first);
  });

  test('a batch is submitted early once it holds back much memory', () => {
    const { pool, state } = fakePool();
    for (let i = 0; i < 100; i++) {
      state.open = true;
      pool.release(pool.acquire(16 * MIB, 'activation'));
    }
    expect(state.submits).toBeGreaterThan(10);
    expect(state.made.length).toBeLessThanOrEqual(6);
  });

  test('usage counts buffers and bytes in use, pooled and at the peak', () => {
    const { pool, state } = fakePool();
    state.open = true;
    const [a, b] = [pool.acquire(1024, 'a'), pool.acquire(2048, 'b')];
    pool.release(a);
    expect(pool.usage()).toEqual({ buffers: 2, bytesInUse: 2048, bytesPooled: 1024, peakBytes: 3072 });
    pool.release(b);
    pool.submitted();
    pool.trim();
    expect(pool.usage()).toEqual({ buffers: 0, bytesInUse: 0, bytesPooled: 0, peakBytes: 3072 });
    expect([...state.destroyed].sort()).toEqual([1024, 2048]);
  });

  test('limited work ends where it asks for more than its room, and others are not limited', () => {
    const { pool } = fakePool();
    pool.acquire(2 * MIB, 'before');
    const take = (sizes: number[]) => () => {
      for (const size of sizes) pool.acquire(size * MIB, 'x');
    };
    pool.limited(3 * MIB, take([1, 2]));
    expect(() => pool.limited(3 * MIB, take([2, 2]))).toThrow(NoRoomError);
    expect(() => pool.limited(MIB, () => pool.limited(8 * MIB, take([2])))).toThrow(NoRoomError);
    take([8])();
    expect(pool.usage().bytesInUse).toBe(15 * MIB);
  });

  test('over the cap the largest waiting buffers are destroyed, the others stay', () => {
    const { pool, state } = fakePool({ poolLimit: 3 * MIB });
    const lent = [1, 1, 2, 4].map((size) => pool.acquire(size * MIB, 'x'));
    for (const buffer of lent) pool.release(buffer);
    pool.submitted();
    expect(state.destroyed).toEqual([4 * MIB, 2 * MIB]);
    expect(pool.usage().bytesPooled).toBe(2 * MIB);
  });
});

describe('out of memory', () => {
  test('at the limit the batch is submitted and the pool emptied before the allocation is tried again', () => {
    const { pool, state } = fakePool({ memoryLimit: 10 * MIB });
    state.open = true;
    pool.release(pool.acquire(8 * MIB, 'old'));
    expect(pool.acquire(4 * MIB, 'new').size).toBe(4 * MIB);
    expect(state).toMatchObject({ submits: 1, destroyed: [8 * MIB] });
  });

  test('then GpuOutOfMemoryError names the tensor and the bytes', () => {
    const { pool } = fakePool({ memoryLimit: 10 * MIB });
    pool.acquire(8 * MIB, 'tensor f32[2,1048576]');
    const ask = () => pool.acquire(4 * MIB, 'tensor f32[1048576]');
    expect(ask).toThrow(GpuOutOfMemoryError);
    expect(ask).toThrow(/tensor f32\[1048576\] needs 4194304 bytes; 8388608 of the limit of 10485760/);
  });

  test('a buffer that the driver refused is reported and never lent again', async () => {
    const { pool, state, failures, refuseNext } = fakePool();
    refuseNext();
    const refused = pool.acquire(4096, 'tensor f32[1024]');
    await new Promise(setImmediate);
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(/tensor f32\[1024\] needs 4096 bytes; the driver refused it/),
    ]);
    pool.release(refused);
    expect(pool.acquire(4096, 'next')).not.toBe(refused);
    expect(state.destroyed).toEqual([4096]);
  });
});
