import { TEXTURE_USAGE } from './constants';
import { nextSerial, type PooledBuffer } from './pooled-buffer';

/** Quads of f32 in a row of a picture; snippets/texel.wgsl reckons with it. */
const WIDTH = 1024;
const QUAD_BYTES = 16;
const ROW_BYTES = WIDTH * QUAD_BYTES;
/** Larger buffers are not shown: two pictures of this size are the most that a device holds for long. */
const MOST_BYTES = 64 << 20;

/** A texture that holds a copy of a buffer for one dispatch, a texel four numbers. */
export interface Picture {
  /** Its number among all buffers and pictures there ever were. */
  readonly serial: number;
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
  private readonly made = new Map<string, Picture>();

  constructor(private readonly device: GPUDevice) {}

  /** The same picture for all buffers of about one size at one place of a kernel. */
  show(buffer: PooledBuffer, place: number): Shown {
    const height = 2 ** Math.ceil(Math.log2(Math.ceil(buffer.size / ROW_BYTES)));
    const key = `${place}:${height}`;
    const picture = this.made.get(key) ?? this.make(height);
    this.made.set(key, picture);
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

  private make(height: number): Picture {
    const texture = this.device.createTexture({
      size: [WIDTH, height],
      format: 'rgba32float',
      usage: TEXTURE_USAGE.STORAGE_BINDING | TEXTURE_USAGE.COPY_DST,
    });
    return { serial: nextSerial(), texture, view: texture.createView() };
  }
}
