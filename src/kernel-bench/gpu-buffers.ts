import { BUFFER_USAGE, MAP_READ } from '../../runtime/constants';
import { roundUp } from '../../runtime/wgsl/layout';
import { validated } from './compile';
import type { Setup, SetupBuffer } from './setup';

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

/** What a buffer held after a dispatch. */
export interface Contents {
  readonly data: Uint8Array<ArrayBuffer>;
  /** Words past the end that were bound with it; none where nothing was. */
  readonly tail: Uint32Array;
  /** Words that were not bound. */
  readonly fences: Uint32Array;
}

/** A buffer with a tail and fences around it. */
interface GuardedBuffer {
  readonly buffer: SetupBuffer;
  readonly gpu: GPUBuffer;
  /** Where the data begins in it. */
  readonly start: number;
  /** Bytes of its tail, 0 if it has none. */
  readonly tail: number;
  readonly size: number;
}

/** The buffers of a setup on the GPU, each a range of a larger, poisoned one. */
export class GpuBuffers {
  private constructor(
    private readonly device: GPUDevice,
    private readonly guarded: readonly GuardedBuffer[],
    private readonly blocks: readonly { group: number; entry: GPUBindGroupEntry; gpu: GPUBuffer }[],
  ) {}

  /** @throws KernelError if the adapter has no room for them */
  static async make(device: GPUDevice, { buffers, blocks }: Setup): Promise<GpuBuffers> {
    const { limits } = device;
    const fence = Math.max(FENCE, limits.minStorageBufferOffsetAlignment);
    return validated(device, 'the buffers', () => {
      const guarded = buffers.map((buffer): GuardedBuffer => {
        const room = limits.maxStorageBufferBindingSize - buffer.bytes;
        const wished = Math.min(room, Math.max(LEAST_TAIL, Math.min(MOST_TAIL, buffer.bytes)));
        const step = buffer.stride * 4; // whole elements and whole words
        const tail = buffer.extends ? Math.floor(wished / step) * step : 0;
        const size = roundUp(fence + buffer.bytes + tail + fence, 4);
        const usage = BUFFER_USAGE.STORAGE | BUFFER_USAGE.COPY_SRC | BUFFER_USAGE.COPY_DST;
        return { buffer, gpu: device.createBuffer({ size, usage }), start: fence, tail, size };
      });
      const uniforms = blocks.map(({ group, binding, bytes }) => {
        const usage = BUFFER_USAGE.UNIFORM | BUFFER_USAGE.COPY_DST;
        const gpu = device.createBuffer({ size: bytes.length, usage });
        device.queue.writeBuffer(gpu, 0, bytes);
        return { group, gpu, entry: { binding, resource: { buffer: gpu } } };
      });
      return new GpuBuffers(device, guarded, uniforms);
    });
  }

  /** Buffers that have a tail, in which accesses past the end show. */
  get extended(): readonly string[] {
    return this.guarded.filter(({ tail }) => tail > 0).map(({ buffer }) => buffer.name);
  }

  bind(groupLayouts: readonly GPUBindGroupLayout[], reach: Reach): GPUBindGroup[] {
    return groupLayouts.map((layout, group) => {
      const storage = this.guarded
        .filter(({ buffer }) => buffer.group === group)
        .map(({ buffer, gpu, start, tail }) => ({
          binding: buffer.binding,
          resource: { buffer: gpu, offset: start, size: buffer.bytes + (reach === 'extended' ? tail : 0) },
        }));
      const uniforms = this.blocks.filter((block) => block.group === group).map(({ entry }) => entry);
      return this.device.createBindGroup({ layout, entries: [...uniforms, ...storage] });
    });
  }

  /** Gives buffers their first contents again, and poison all around them. Those never written can be left alone. */
  fill(poisonOf: (name: string) => number, which: 'all' | 'written' = 'all'): void {
    for (const { buffer, gpu, start, size } of this.guarded) {
      if (which === 'written' && !buffer.writable) continue;
      const words = new Uint32Array(size / 4).fill(poisonOf(buffer.name));
      const bytes = new Uint8Array(words.buffer);
      bytes.fill(0, start, start + buffer.bytes);
      bytes.set(buffer.data.bytes, start);
      this.device.queue.writeBuffer(gpu, 0, words);
    }
  }

  /** What the buffers that a kernel writes hold now, by name. */
  async read(reach: Reach): Promise<ReadonlyMap<string, Contents>> {
    const written = this.guarded.filter(({ buffer }) => buffer.writable);
    const encoder = this.device.createCommandEncoder();
    const staged = written.map(({ gpu, size }) => {
      const usage = BUFFER_USAGE.MAP_READ | BUFFER_USAGE.COPY_DST;
      const staging = this.device.createBuffer({ size, usage });
      encoder.copyBufferToBuffer(gpu, 0, staging, 0, size);
      return staging;
    });
    this.device.queue.submit([encoder.finish()]);
    const contents = new Map<string, Contents>();
    for (const [i, { buffer, start, tail }] of written.entries()) {
      await staged[i].mapAsync(MAP_READ);
      const all = new Uint8Array(staged[i].getMappedRange()).slice();
      staged[i].destroy();
      const end = start + buffer.bytes;
      const bound = end + (reach === 'extended' ? tail : 0);
      contents.set(buffer.name, {
        data: all.slice(start, start + buffer.data.bytes.length),
        tail: wordsIn(all.slice(end, bound)),
        fences: wordsIn(joined(all.subarray(0, start), all.subarray(bound))),
      });
    }
    return contents;
  }

  destroy(): void {
    for (const { gpu } of [...this.guarded, ...this.blocks]) gpu.destroy();
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

const wordsIn = (bytes: Uint8Array<ArrayBuffer>) => new Uint32Array(bytes.buffer, 0, bytes.length / 4);
