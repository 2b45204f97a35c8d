import { BUFFER_USAGE, MAP_READ } from '../../../runtime/constants';
import { roundUp } from '../../../runtime/wgsl/layout';
import { validated } from './compile';
import type { Plan, PlannedBuffer } from './plan';

/** Poisoned bytes before a binding's range and after it, that no shader can reach. */
const FENCE = 256;
/** Bytes past a buffer's end that are bound with it when it is looked at what a kernel touches there. */
const LEAST_TAIL = 4 << 10;
const MOST_TAIL = 4 << 20;

/**
 * How much of a buffer is bound. 'exact': its own bytes, as in earnest. 'extended': also a poisoned tail, where
 * accesses past the end then land; WebGPU keeps them inside the bound range, so that nothing else would show them.
 */
export type Reach = 'exact' | 'extended';

/** What a buffer held after a run. */
export interface Contents {
  readonly data: Uint8Array<ArrayBuffer>;
  /** Words past the end that were bound with it; none where nothing was. */
  readonly tail: Uint32Array;
  /** Words that were not bound. */
  readonly fences: Uint32Array;
}

interface Held {
  readonly plan: PlannedBuffer;
  readonly gpu: GPUBuffer;
  /** Where the data begins in it. */
  readonly start: number;
  /** Bytes of its tail, 0 if it has none. */
  readonly tail: number;
  readonly size: number;
}

/** The buffers of a plan on the GPU, each a range of a larger, poisoned one. */
export class GpuBuffers {
  private constructor(
    private readonly device: GPUDevice,
    private readonly held: readonly Held[],
    private readonly blocks: readonly { group: number; entry: GPUBindGroupEntry; gpu: GPUBuffer }[],
  ) {}

  /** @throws KernelError if the adapter has no room for them */
  static async make(device: GPUDevice, { buffers, blocks }: Plan): Promise<GpuBuffers> {
    const { limits } = device;
    const fence = Math.max(FENCE, limits.minStorageBufferOffsetAlignment);
    return validated(device, 'the buffers', () => {
      const held = buffers.map((plan): Held => {
        const room = limits.maxStorageBufferBindingSize - plan.bytes;
        const wished = Math.min(room, Math.max(LEAST_TAIL, Math.min(MOST_TAIL, plan.bytes)));
        const step = plan.stride * 4; // whole elements and whole words
        const tail = plan.extends ? Math.floor(wished / step) * step : 0;
        const size = roundUp(fence + plan.bytes + tail + fence, 4);
        const usage = BUFFER_USAGE.STORAGE | BUFFER_USAGE.COPY_SRC | BUFFER_USAGE.COPY_DST;
        return { plan, gpu: device.createBuffer({ size, usage }), start: fence, tail, size };
      });
      const uniforms = blocks.map(({ group, binding, bytes }) => {
        const usage = BUFFER_USAGE.UNIFORM | BUFFER_USAGE.COPY_DST;
        const gpu = device.createBuffer({ size: bytes.length, usage });
        device.queue.writeBuffer(gpu, 0, bytes);
        return { group, gpu, entry: { binding, resource: { buffer: gpu } } };
      });
      return new GpuBuffers(device, held, uniforms);
    });
  }

  /** Buffers that have a tail, in which accesses past the end show. */
  get extended(): readonly string[] {
    return this.held.filter(({ tail }) => tail > 0).map(({ plan }) => plan.name);
  }

  bind(layouts: readonly GPUBindGroupLayout[], reach: Reach): GPUBindGroup[] {
    return layouts.map((layout, group) => {
      const storage = this.held
        .filter(({ plan }) => plan.group === group)
        .map(({ plan, gpu, start, tail }) => ({
          binding: plan.binding,
          resource: { buffer: gpu, offset: start, size: plan.bytes + (reach === 'extended' ? tail : 0) },
        }));
      const uniforms = this.blocks.filter((block) => block.group === group).map(({ entry }) => entry);
      return this.device.createBindGroup({ layout, entries: [...uniforms, ...storage] });
    });
  }

  /** Gives buffers their first contents again, and poison all around them. Those never written can be left alone. */
  fill(poisonOf: (name: string) => number, which: 'all' | 'written' = 'all'): void {
    for (const { plan, gpu, start, size } of this.held) {
      if (which === 'written' && !plan.writable) continue;
      const words = new Uint32Array(size / 4).fill(poisonOf(plan.name));
      const bytes = new Uint8Array(words.buffer);
      bytes.fill(0, start, start + plan.bytes);
      bytes.set(plan.data.bytes, start);
      this.device.queue.writeBuffer(gpu, 0, words);
    }
  }

  /** What the buffers that a kernel writes hold now, by name. */
  async read(reach: Reach): Promise<ReadonlyMap<string, Contents>> {
    const written = this.held.filter(({ plan }) => plan.writable);
    const encoder = this.device.createCommandEncoder();
    const staged = written.map(({ gpu, size }) => {
      const usage = BUFFER_USAGE.MAP_READ | BUFFER_USAGE.COPY_DST;
      const staging = this.device.createBuffer({ size, usage });
      encoder.copyBufferToBuffer(gpu, 0, staging, 0, size);
      return staging;
    });
    this.device.queue.submit([encoder.finish()]);
    const contents = new Map<string, Contents>();
    for (const [i, { plan, start, tail }] of written.entries()) {
      await staged[i].mapAsync(MAP_READ);
      const all = new Uint8Array(staged[i].getMappedRange()).slice();
      staged[i].destroy();
      const end = start + plan.bytes;
      const bound = end + (reach === 'extended' ? tail : 0);
      contents.set(plan.name, {
        data: all.slice(start, start + plan.data.bytes.length),
        tail: wordsIn(all.slice(end, bound)),
        fences: wordsIn(joined(all.subarray(0, start), all.subarray(bound))),
      });
    }
    return contents;
  }

  destroy(): void {
    for (const { gpu } of [...this.held, ...this.blocks]) gpu.destroy();
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

const wordsIn = (bytes: Uint8Array<ArrayBuffer>) => new Uint32Array(bytes.buffer, 0, bytes.length / 4);
