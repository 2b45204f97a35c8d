import { BUFFER_USAGE } from './constants';
import type { UniformValue } from './kernel';

/**
 * The uniform blocks of one batch, side by side in one buffer. They are staged on the CPU and written with one
 * call before the batch is submitted; the queue keeps the order, so the next batch may use the same buffer.
 */
export class UniformArena {
  readonly buffer: GPUBuffer;
  private readonly integers: Uint32Array<ArrayBuffer>;
  private readonly floats: Float32Array<ArrayBuffer>;
  private readonly alignmentWords: number;
  private used = 0;

  constructor(
    private readonly device: GPUDevice,
    blocks: number,
    maxBlockBytes: number,
  ) {
    this.alignmentWords = device.limits.minUniformBufferOffsetAlignment / 4;
    const bytes = blocks * Math.max(maxBlockBytes, device.limits.minUniformBufferOffsetAlignment);
    const staging = new ArrayBuffer(bytes);
    this.integers = new Uint32Array(staging);
    this.floats = new Float32Array(staging);
    this.buffer = device.createBuffer({ size: bytes, usage: BUFFER_USAGE.UNIFORM | BUFFER_USAGE.COPY_DST });
  }

  /** Stages a block. @returns where it will lie, its size rounded up to WGSL's 16-byte struct alignment. */
  stage(values: readonly UniformValue[]): { offset: number; size: number } {
    const start = this.used;
    values.forEach((value, i) => {
      if (typeof value === 'number') this.integers[start + i] = value;
      else this.floats[start + i] = value.f32;
    });
    const words = Math.max(4, Math.ceil(values.length / 4) * 4);
    this.used += Math.ceil(words / this.alignmentWords) * this.alignmentWords;
    return { offset: start * 4, size: words * 4 };
  }

  upload(): void {
    if (this.used > 0) this.device.queue.writeBuffer(this.buffer, 0, this.integers, 0, this.used);
    this.used = 0;
  }
}
