import type { Runtime } from '../../../runtime/runtime';
import { type Pipeline, pipelineOf, validated } from './compile';
import { type Contents, GpuBuffers, type Reach } from './gpu-buffers';
import type { Plan } from './plan';

/** A sample holds as many dispatches as take this long, so that the clock's resolution does not show. */
const SAMPLE_SECONDS = 0.002;
const MOST_DISPATCHES = 256;
/** Where nobody says how many samples to take: up to so many, no more after this time. */
const SAMPLES = 20;
const LEAST_SAMPLES = 3;
const PATIENCE_SECONDS = 2;

export interface Timing {
  /** GPU seconds of a dispatch, one figure a sample. */
  readonly samples: readonly number[];
  /** Dispatches a sample is the mean of. */
  readonly dispatches: number;
}

/** A compiled kernel with its buffers, ready to run. */
export class Bench {
  private constructor(
    private readonly runtime: Runtime,
    private readonly plan: Plan,
    private readonly pipeline: Pipeline,
    private readonly buffers: GpuBuffers,
  ) {}

  /** @throws KernelError on whatever WebGPU refuses */
  static async make(runtime: Runtime, plan: Plan, module: GPUShaderModule): Promise<Bench> {
    const pipeline = await pipelineOf(runtime.device, module, plan);
    return new Bench(runtime, plan, pipeline, await GpuBuffers.make(runtime.device, plan));
  }

  /** Buffers in which accesses past the end show. */
  get extended(): readonly string[] {
    return this.buffers.extended;
  }

  /** One run from the first contents. */
  async once(reach: Reach, poisonOf: (name: string) => number): Promise<ReadonlyMap<string, Contents>> {
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
    return { samples, dispatches };
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
    const { pipeline, layouts } = this.pipeline;
    return validated(device, 'the dispatch', () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass(descriptor);
      pass.setPipeline(pipeline);
      for (const [i, group] of this.buffers.bind(layouts, reach).entries()) pass.setBindGroup(i, group);
      for (let i = 0; i < count; i++) pass.dispatchWorkgroups(...this.plan.launch.groups);
      pass.end();
      device.queue.submit([encoder.finish()]);
    });
  }
}
