import type { Runtime } from '../../runtime/runtime';
import { type LaidOutPipeline, pipelineOf, validated } from './compile';
import { type Contents, GpuBuffers, type Reach } from './gpu-buffers';
import type { Setup } from './setup';

/** A sample holds as many dispatches as take this long, so that the clock's resolution does not show. */
const SAMPLE_SECONDS = 0.002;
const MOST_DISPATCHES = 256;
/** Where nobody says how many samples to take: up to so many, no more after this time. */
const SAMPLES = 20;
const LEAST_SAMPLES = 3;
const PATIENCE_SECONDS = 2;

/** How long a dispatch takes: GPU seconds. */
export interface Timing {
  /** Of the samples. */
  readonly median: number;
  /** The shortest sample. */
  readonly best: number;
  /** The longest sample. */
  readonly worst: number;
  /** All of them, in the order they were taken. */
  readonly samples: readonly number[];
  /** Dispatches a sample is the mean of. */
  readonly dispatches: number;
}

/** A compiled kernel with its buffers, ready to be dispatched. */
export class LoadedKernel {
  private constructor(
    private readonly runtime: Runtime,
    private readonly setup: Setup,
    private readonly laidOut: LaidOutPipeline,
    private readonly buffers: GpuBuffers,
  ) {}

  /** @throws KernelError on whatever WebGPU refuses */
  static async load(runtime: Runtime, setup: Setup, module: GPUShaderModule): Promise<LoadedKernel> {
    const pipeline = await pipelineOf(runtime.device, module, setup);
    return new LoadedKernel(runtime, setup, pipeline, await GpuBuffers.make(runtime.device, setup));
  }

  /** Buffers in which accesses past the end show. */
  get extended(): readonly string[] {
    return this.buffers.extended;
  }

  /** What a dispatch makes of the first contents. */
  async trial(reach: Reach, poisonOf: (name: string) => number): Promise<ReadonlyMap<string, Contents>> {
    this.buffers.fill(poisonOf);
    await this.dispatch(1, {}, reach);
    return this.buffers.read(reach);
  }

  /**
   * Times dispatches on the GPU's clock. Every sample begins with the first contents; a kernel that works in place goes
   * on from its own results within one.
   */
  async time(warmup: number, repeat: number | undefined): Promise<Timing> {
    const began = performance.now();
    if (warmup > 0) await this.sample(warmup);
    const one = await this.sample(1);
    const dispatches = Math.max(
      1,
      Math.min(MOST_DISPATCHES, Math.ceil(SAMPLE_SECONDS / Math.max(one, 1e-9))),
    );
    const samples: number[] = [];
    const enough = () => {
      if (repeat !== undefined) return samples.length >= repeat;
      const late = performance.now() - began > PATIENCE_SECONDS * 1000;
      return samples.length >= (late ? LEAST_SAMPLES : SAMPLES);
    };
    while (!enough()) samples.push(await this.sample(dispatches));
    return timingOf(samples, dispatches);
  }

  destroy(): void {
    this.buffers.destroy();
  }

  private async sample(dispatches: number): Promise<number> {
    this.buffers.fill(() => 0, 'written');
    const before = await this.runtime.seconds();
    await this.dispatch(dispatches, this.runtime.clock.passDescriptor(), 'exact');
    return ((await this.runtime.seconds()) - before) / dispatches;
  }

  private dispatch(count: number, descriptor: GPUComputePassDescriptor, reach: Reach): Promise<void> {
    const { device } = this.runtime;
    const { pipeline, groupLayouts } = this.laidOut;
    return validated(device, 'the dispatch', () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass(descriptor);
      pass.setPipeline(pipeline);
      for (const [i, group] of this.buffers.bind(groupLayouts, reach).entries()) pass.setBindGroup(i, group);
      for (let i = 0; i < count; i++) pass.dispatchWorkgroups(...this.setup.grid.groups);
      pass.end();
      device.queue.submit([encoder.finish()]);
    });
  }
}

/** @param samples at least one */
export function timingOf(samples: readonly number[], dispatches: number): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median, best: sorted[0], worst: sorted[sorted.length - 1], samples, dispatches };
}
