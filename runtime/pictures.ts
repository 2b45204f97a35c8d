import { TEXTURE_USAGE } from './constants';
import { GpuOutOfMemoryError } from './errors';
import { nextSerial, type PooledBuffer } from './pooled-buffer';

/** Quads of f32 in a row of a picture; snippets/texel.wgsl reckons with it. */
const WIDTH = 1024;
const QUAD_BYTES = 16;
const ROW_BYTES = WIDTH * QUAD_BYTES;
/**
 * Quads that a row has beyond those: a line of the CPU's caches. Rows of a matrix that lie a power of two apart fall into
 * the same few sets of a cache and drive each other out; so they lie a line further with each row of the picture.
 */
const MARGIN = 4;
/** Larger buffers are not shown. A kernel shows two at most, so that pictures take twice this. */
const MOST_BYTES = 64 << 20;

/** A texture that holds a copy of a buffer for one dispatch, a texel four numbers. */
export interface Picture {
  /** Its number among all buffers and pictures there ever were. */
  readonly serial: number;
  readonly rows: number;
  readonly texture: GPUTexture;
  readonly view: GPUTextureView;
}

/** A buffer that a kernel sees as a texture. */
export interface Shown {
  readonly buffer: PooledBuffer;
  readonly picture: Picture;
}

/** Whether a buffer is small enough to be shown as a texture. */
export const canShow = (bytes: number): boolean => bytes <= MOST_BYTES;

const DECLARATION = /@binding\((\d+)\) var \w+: texture_storage_2d<rgba32float, read>;/g;

/** Which of its buffers a kernel sees as textures, the first being 0: binding 0 is its uniform block. */
export const shownIn = (code: string): number[] =>
  [...code.matchAll(DECLARATION)].map(([, binding]) => Number(binding) - 1);

/**
 * Textures for kernels that read buffers through them. lavapipe reads a quad of a texture by one load for each lane; of a
 * buffer it reads every number by itself and checks each against the buffer's end, which is six times the work.
 */
export class Pictures {
  /** By the place in a kernel's bindings. One that is replaced by a larger one stays where a captured step uses it. */
  private readonly made = new Map<number, Picture>();

  /** @param refused is told if the driver has no room for one */
  constructor(
    private readonly device: GPUDevice,
    private readonly refused: (error: GpuOutOfMemoryError) => void,
  ) {}

  /** One picture serves all buffers that kernels have at a place. */
  show(buffer: PooledBuffer, place: number): Shown {
    const rows = Math.ceil(buffer.size / ROW_BYTES);
    const known = this.made.get(place);
    const picture = known && known.rows >= rows ? known : this.make(2 ** Math.ceil(Math.log2(rows)));
    this.made.set(place, picture);
    return { buffer, picture };
  }

  /** Copies the buffer, outside of a pass. */
  copy(encoder: GPUCommandEncoder, { buffer, picture: { texture } }: Shown): void {
    const quads = Math.floor(buffer.size / QUAD_BYTES);
    const rows = Math.floor(quads / WIDTH);
    const source = { buffer: buffer.gpu, bytesPerRow: ROW_BYTES };
    if (rows > 0) encoder.copyBufferToTexture(source, { texture }, [WIDTH, rows]);
    if (quads > rows * WIDTH) {
      const rest = { ...source, offset: rows * ROW_BYTES };
      encoder.copyBufferToTexture(rest, { texture, origin: [0, rows] }, [quads - rows * WIDTH, 1]);
    }
  }

  private make(rows: number): Picture {
    this.device.pushErrorScope('out-of-memory');
    const texture = this.device.createTexture({
      size: [WIDTH + MARGIN, rows],
      format: 'rgba32float',
      usage: TEXTURE_USAGE.STORAGE_BINDING | TEXTURE_USAGE.COPY_DST,
    });
    const told = (error: GPUError | null) => {
      if (error) this.refused(new GpuOutOfMemoryError(rows * ROW_BYTES, 'a texture', 'use a smaller batch'));
    };
    this.device.popErrorScope().then(told, () => undefined); // the device was lost, which is reported by itself
    return { serial: nextSerial(), rows, texture, view: texture.createView() };
  }
}
