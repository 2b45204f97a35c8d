import copySource from '../shaders/peak_copy.wgsl';
import fmaSource from '../shaders/peak_fma.wgsl';
import { BUFFER_USAGE } from './constants';
import { GpuOutOfMemoryError } from './errors';
import type { Dispatch, Kernel } from './kernel';
import { numbered, type PooledBuffer } from './pooled-buffer';
import type { Runtime } from './runtime';

/** What an adapter reached when it was measured, by kernels that do nothing else. */
export interface Peaks {
  /** f32 operations a second; a multiply-add counts as two. */
  readonly flopsPerSecond: number;
  /** Bytes a second of a copy, read and written bytes together. */
  readonly bytesPerSecond: number;
}

const FMA: Kernel = { name: 'peak.fma', source: fmaSource };
const COPY: Kernel = { name: 'peak.copy', source: copySource };

/** A run this long drowns the clock's resolution and the cost of a submit. */
const LEAST_SECONDS = 0.05;
/** How often the best form is run again: a GPU needs some runs to raise its clock, a CPU to be left alone. */
const REPEATS = 5;
/** After this time no run is begun again: a software adapter shall answer within about a second in all. */
const PATIENCE_SECONDS = 0.5;

const FMA_THREADS = 64;
/** Enough for every core of a GPU many times over; few enough on a CPU that a round is short. */
const FMA_GROUPS = 16_384;
const SOFTWARE_FMA_GROUPS = 512;
const FLOPS_PER_CHAIN_ROUND = 8 * 4 * 2;

const QUAD_BYTES = 16;
const COPY_THREADS = 256;
/** Over the last-level cache of any GPU (and of a CPU's share of one): what fits there is copied faster. */
const COPY_BYTES = 256 << 20;
const SOFTWARE_COPY_BYTES = 64 << 20;
const LEAST_COPY_BYTES = 1 << 20;

const measured = new WeakMap<Runtime, Promise<Peaks>>();

/**
 * Measures the adapter's peak f32 multiply-add rate and copy bandwidth, once per runtime: about a second. The best
 * of several runs counts, since whatever disturbs a run only slows it. Its GPU time is part of `runtime.seconds()`.
 * @throws GpuOutOfMemoryError without room for two buffers of 1 MiB
 */
export function measurePeaks(runtime: Runtime): Promise<Peaks> {
  const known = measured.get(runtime);
  if (known) return known;
  const measuring = measure(runtime);
  measured.set(runtime, measuring);
  measuring.catch(() => measured.delete(runtime)); // so that a later call tries again
  return measuring;
}

async function measure(runtime: Runtime): Promise<Peaks> {
  const flopsPerSecond = await measureFma(runtime);
  return { flopsPerSecond, bytesPerSecond: await measureCopy(runtime) };
}

/** A kernel in one of its forms. `run` records rounds, each of them worth so many operations or bytes. */
interface Contender {
  readonly run: (rounds: number) => void;
  readonly worth: number;
}

async function measureFma(runtime: Runtime): Promise<number> {
  const groups = runtime.facts.software ? SOFTWARE_FMA_GROUPS : FMA_GROUPS;
  const bytes = groups * FMA_THREADS * 4;
  const [out] = await allocate(runtime, 1, bytes, bytes);
  const contender = (wide: boolean): Contender => ({
    run: (rounds) =>
      runtime.dispatch({
        kernel: FMA,
        constants: { WIDE: Number(wide) },
        buffers: [out],
        uniforms: { rounds, a: 0.5, b: 0.25 },
        groups,
      }),
    worth: groups * FMA_THREADS * FLOPS_PER_CHAIN_ROUND * (wide ? 4 : 2),
  });
  return fastest(runtime, [contender(true), contender(false)]).finally(() => out.gpu.destroy());
}

/** Copies bytes, in whole groups of four quads; with `four` a thread takes one of them, else a quad. */
export function copyDispatch(out: PooledBuffer, x: PooledBuffer, bytes: number, four: boolean): Dispatch {
  const threads = Math.floor(bytes / QUAD_BYTES / 4) * (four ? 1 : 4);
  return {
    kernel: COPY,
    constants: { FOUR: Number(four) },
    buffers: [out, x],
    uniforms: { threads },
    groups: Math.ceil(threads / COPY_THREADS),
  };
}

async function measureCopy(runtime: Runtime): Promise<number> {
  const { software } = runtime.facts;
  const { maxBufferSize, maxStorageBufferBindingSize } = runtime.device.limits;
  const wanted = software ? SOFTWARE_COPY_BYTES : COPY_BYTES;
  const most = 2 ** Math.floor(Math.log2(Math.min(wanted, maxBufferSize, maxStorageBufferBindingSize)));
  const [x, out] = await allocate(runtime, 2, most, LEAST_COPY_BYTES);
  const contender = (four: boolean): Contender => {
    const copy = copyDispatch(out, x, x.size, four);
    return {
      run: (rounds) => {
        for (let i = 0; i < rounds; i++) runtime.dispatch(copy);
      },
      worth: 2 * x.size,
    };
  };
  return fastest(runtime, [contender(true), contender(false)]).finally(() => {
    for (const { gpu } of [x, out]) gpu.destroy();
  });
}

/** Operations or bytes a second of the fastest. Each is timed once, the winner some times more. */
async function fastest(runtime: Runtime, contenders: readonly Contender[]): Promise<number> {
  const began = performance.now();
  let best = { rate: 0, again: async () => 0 };
  for (const contender of contenders) {
    const found = await calibrate(runtime, contender);
    if (found.rate > best.rate) best = found;
  }
  let { rate } = best;
  for (let i = 0; i < REPEATS && performance.now() - began < PATIENCE_SECONDS * 1000; i++)
    rate = Math.max(rate, await best.again());
  return rate;
}

/** Finds rounds that take long enough to be timed. The first run compiles and is not timed. */
async function calibrate(runtime: Runtime, { run, worth }: Contender) {
  const time = async (rounds: number) => {
    const before = await runtime.seconds();
    run(rounds);
    return (await runtime.seconds()) - before;
  };
  await time(1);
  let rounds = 1;
  let seconds = await time(rounds);
  while (seconds < LEAST_SECONDS) {
    const factor = (1.2 * LEAST_SECONDS) / Math.max(seconds, LEAST_SECONDS / 1000);
    rounds *= Math.max(2, Math.min(16, Math.round(factor)));
    seconds = await time(rounds);
  }
  return { rate: (rounds * worth) / seconds, again: async () => (rounds * worth) / (await time(rounds)) };
}

/**
 * Buffers of their own, so that measuring leaves no trace in the pool or its figures; halved until the driver has
 * room for them. @throws GpuOutOfMemoryError if it has none for `least` bytes each
 */
async function allocate(
  { device }: Runtime,
  count: number,
  bytes: number,
  least: number,
): Promise<PooledBuffer[]> {
  for (let size = bytes; size >= least; size /= 2) {
    device.pushErrorScope('out-of-memory');
    const made = Array.from({ length: count }, () =>
      numbered(device.createBuffer({ size, usage: BUFFER_USAGE.STORAGE }), size),
    );
    if (!(await device.popErrorScope())) return made;
    for (const { gpu } of made) gpu.destroy();
  }
  throw new GpuOutOfMemoryError(count * least, 'measuring the peaks', 'free some, or use a smaller batch');
}
