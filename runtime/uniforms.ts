import { BUFFER_USAGE } from './constants';
import type { Uniforms } from './kernel';
import { type Live, nowOf, type Varying } from './varying';
import type { ParamsLayout, ParamsMember } from './wgsl/params';

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
  readonly integers: Uint32Array<ArrayBuffer>;
  private readonly floats: Float32Array<ArrayBuffer>;

  constructor(words: number) {
    const staging = new ArrayBuffer(words * WORD_BYTES);
    this.integers = new Uint32Array(staging);
    this.floats = new Float32Array(staging);
  }

  /** Sets the members of a block that begins at word `start`. Types were checked when its kernel was first used. */
  setBlock(start: number, members: readonly ParamsMember[], uniforms: Uniforms): void {
    // Every dispatch comes by here: loops by number are the fastest.
    for (let m = 0; m < members.length; m++) {
      const { name, isFloat, isScalar, words, members: inner } = members[m];
      const value = uniforms[name];
      if (isScalar) this.set(start + words[0], isFloat, value as Varying);
      else if (inner) this.setBlock(start, inner, value as Uniforms);
      else
        for (let i = 0; i < words.length; i++) this.set(start + words[i], isFloat, (value as Varying[])[i]);
    }
  }

  copy(start: number, block: Uint32Array): void {
    for (let i = 0; i < block.length; i++) this.integers[start + i] = block[i];
  }

  set(at: number, isFloat: boolean, value: Varying): void {
    (isFloat ? this.floats : this.integers)[at] = nowOf(value);
  }

  write(device: GPUDevice, buffer: GPUBuffer, words: number): void {
    if (words > 0) device.queue.writeBuffer(buffer, 0, this.integers, 0, words);
  }
}

/** A block by itself. */
export function blockOf({ members, words }: ParamsLayout, uniforms: Uniforms): Uint32Array {
  const block = new StagedBlocks(words);
  block.setBlock(0, members, uniforms);
  return block.integers;
}

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

  stage({ members, words }: ParamsLayout, uniforms: Uniforms): BlockPlace {
    this.staged.setBlock(this.used, members, uniforms);
    return this.use(words);
  }

  /** Stages a block that was laid out before, by `blockOf`. */
  stageAgain(block: Uint32Array): BlockPlace {
    this.staged.copy(this.used, block);
    return this.use(block.length);
  }

  upload(): void {
    this.staged.write(this.device, this.buffer, this.used);
    this.used = 0;
  }

  private use(words: number): BlockPlace {
    const offset = this.used * WORD_BYTES;
    this.used += Math.ceil(words / this.alignment) * this.alignment;
    return { offset, size: words * WORD_BYTES };
  }
}

/** A number of a block that each replay of a captured step renews. */
interface VaryingWord {
  readonly at: number;
  readonly isFloat: boolean;
  readonly value: Live;
}

/** The numbers of a block that vary. */
export function varyingWords({ members }: ParamsLayout, uniforms: Uniforms): VaryingWord[] {
  return members.flatMap(({ name, isFloat, isScalar, words, members: inner }) => {
    const value = uniforms[name];
    if (inner) return varyingWords({ members: inner, words: 0 }, value as Uniforms);
    const values = isScalar ? [value as Varying] : (value as readonly Varying[]);
    return values.flatMap((one, i) =>
      typeof one === 'number' ? [] : [{ at: words[i], isFloat, value: one }],
    );
  });
}

/** A block of a captured step. */
interface CapturedBlock {
  readonly params: ParamsLayout;
  readonly uniforms: Uniforms;
}

/** The uniform blocks of a captured step: those with varying words first, since only they are written again. */
export class CapturedUniforms {
  readonly buffer: GPUBuffer;
  /** In the order of the blocks given. */
  readonly places: readonly BlockPlace[];
  private readonly staged: StagedBlocks;
  private readonly varying: readonly VaryingWord[];
  /** Words of the blocks that vary. */
  private readonly varyingWords: number;

  constructor(
    private readonly device: GPUDevice,
    blocks: readonly CapturedBlock[],
  ) {
    const alignment = alignmentOf(device);
    const varying = blocks.map(({ params, uniforms }) => varyingWords(params, uniforms));
    const lengths = blocks.map(({ params }) => Math.ceil(params.words / alignment) * alignment);
    const total = lengths.reduce((sum, words) => sum + words, 0);
    this.staged = new StagedBlocks(total);
    const isFixed = (index: number) => Number(varying[index].length === 0);
    const order = [...blocks.keys()].sort((a, b) => isFixed(a) - isFixed(b));
    const starts: number[] = [];
    let used = 0;
    for (const index of order) {
      starts[index] = used;
      this.staged.setBlock(used, blocks[index].params.members, blocks[index].uniforms);
      used += lengths[index];
    }
    this.varying = varying.flatMap((words, i) => words.map((word) => ({ ...word, at: starts[i] + word.at })));
    this.varyingWords = lengths.reduce((sum, words, i) => sum + (isFixed(i) ? 0 : words), 0);
    this.places = starts.map((start, i) => ({
      offset: start * WORD_BYTES,
      size: blocks[i].params.words * WORD_BYTES,
    }));
    this.buffer = uniformBuffer(device, Math.max(1, total) * WORD_BYTES);
    this.staged.write(device, this.buffer, total);
  }

  /** Writes the numbers of the step to come. */
  upload(): void {
    for (const { at, isFloat, value } of this.varying) this.staged.set(at, isFloat, value);
    this.staged.write(this.device, this.buffer, this.varyingWords);
  }
}
