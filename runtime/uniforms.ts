import { BUFFER_USAGE } from './constants';
import type { UniformValue } from './kernel';
import { nowOf } from './varying';

/** Most bytes of the uniform block of one dispatch. */
export const MAX_UNIFORM_BYTES = 256;
const WORD_BYTES = 4;

/** Where a block lies in its buffer, in bytes. */
export interface BlockPlace {
  readonly offset: number;
  readonly size: number;
}

/** Uniform blocks side by side, each where a dispatch can bind it: on the CPU until they are written to the GPU. */
class StagedBlocks {
  private readonly integers: Uint32Array<ArrayBuffer>;
  private readonly floats: Float32Array<ArrayBuffer>;

  constructor(words: number) {
    const staging = new ArrayBuffer(words * WORD_BYTES);
    this.integers = new Uint32Array(staging);
    this.floats = new Float32Array(staging);
  }

  set(at: number, value: UniformValue): void {
    if (typeof value === 'object' && 'f32' in value) this.floats[at] = nowOf(value.f32);
    else this.integers[at] = nowOf(value);
  }

  write(device: GPUDevice, buffer: GPUBuffer, words: number): void {
    if (words > 0) device.queue.writeBuffer(buffer, 0, this.integers, 0, words);
  }
}

/** Words of a block of so many values, rounded up to WGSL's 16-byte struct alignment. */
const blockWords = (values: number): number => Math.max(4, Math.ceil(values / 4) * 4);

const alignmentOf = ({ limits }: GPUDevice): number => limits.minUniformBufferOffsetAlignment / WORD_BYTES;

const uniformBuffer = (device: GPUDevice, size: number): GPUBuffer =>
  device.createBuffer({ size, usage: BUFFER_USAGE.UNIFORM | BUFFER_USAGE.COPY_DST });

/**
 * The uniform blocks of one batch. They are written with one call before the batch is submitted; the queue keeps the
 * order, so the next batch may use the same buffer.
 */
export class UniformArena {
  readonly buffer: GPUBuffer;
  private readonly staged: StagedBlocks;
  private readonly alignment: number;
  private used = 0;

  constructor(
    private readonly device: GPUDevice,
    blocks: number,
    maxBlockBytes: number,
  ) {
    this.alignment = alignmentOf(device);
    const bytes = blocks * Math.max(maxBlockBytes, device.limits.minUniformBufferOffsetAlignment);
    this.staged = new StagedBlocks(bytes / WORD_BYTES);
    this.buffer = uniformBuffer(device, bytes);
  }

  stage(values: readonly UniformValue[]): BlockPlace {
    const start = this.used;
    values.forEach((value, i) => {
      this.staged.set(start + i, value);
    });
    const words = blockWords(values.length);
    this.used += Math.ceil(words / this.alignment) * this.alignment;
    return { offset: start * WORD_BYTES, size: words * WORD_BYTES };
  }

  upload(): void {
    this.staged.write(this.device, this.buffer, this.used);
    this.used = 0;
  }
}

const varies = (value: UniformValue): boolean =>
  typeof value === 'object' && ('f32' in value ? typeof value.f32 === 'object' : true);

/** The uniform blocks of a captured step: those with varying words first, since only they are written again. */
export class CapturedUniforms {
  readonly buffer: GPUBuffer;
  /** In the order of the blocks given. */
  readonly places: readonly BlockPlace[];
  private readonly staged: StagedBlocks;
  private readonly varying: { readonly at: number; readonly value: UniformValue }[] = [];
  /** Words of the blocks that vary. */
  private varyingWords = 0;

  constructor(
    private readonly device: GPUDevice,
    blocks: readonly (readonly UniformValue[])[],
  ) {
    const alignment = alignmentOf(device);
    const lengths = blocks.map((values) => Math.ceil(blockWords(values.length) / alignment) * alignment);
    const total = lengths.reduce((sum, words) => sum + words, 0);
    this.staged = new StagedBlocks(total);
    const order = [...blocks.keys()].sort(
      (a, b) => Number(blocks[b].some(varies)) - Number(blocks[a].some(varies)),
    );
    const starts: number[] = [];
    let used = 0;
    for (const index of order) {
      const start = used;
      starts[index] = start;
      used += lengths[index];
      if (blocks[index].some(varies)) this.varyingWords = used;
      for (const [i, value] of blocks[index].entries()) {
        this.staged.set(start + i, value);
        if (varies(value)) this.varying.push({ at: start + i, value });
      }
    }
    this.places = starts.map((start, i) => ({
      offset: start * WORD_BYTES,
      size: blockWords(blocks[i].length) * WORD_BYTES,
    }));
    this.buffer = uniformBuffer(device, Math.max(1, total) * WORD_BYTES);
    this.staged.write(device, this.buffer, total);
  }

  /** Writes the numbers of the step to come. */
  upload(): void {
    for (const { at, value } of this.varying) this.staged.set(at, value);
    this.staged.write(this.device, this.buffer, this.varyingWords);
  }
}
