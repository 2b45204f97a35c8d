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
/** Columns of a strip: a copy takes whole units of 256 bytes of a buffer. */
export const STRIP_COLUMNS = 64;
const STRIP_QUADS = STRIP_COLUMNS / 4;
const STRIP_BYTES = STRIP_QUADS * QUAD_BYTES;
/** Rows of strips in a layer; snippets/texel.wgsl reckons with it. */
const LAYER_ROWS = 8192;
/** Larger buffers are not shown. A kernel shows two at most, each flat or as strips, so that pictures take four times this. */
const MOST_BYTES = 64 << 20;

/**
 * A matrix whose rows a kernel walks, a few columns at a time. It is shown as strips of columns, one below another, so
 * that neighbouring rows are neighbours in memory: as they lie in the matrix, each is on a page of its own.
 */
export interface Strips {
  readonly rows: number;
  readonly columns: number;
}

/** The strips of a matrix; undefined where it is no wider than one, or not made of whole ones. */
export const stripsOf = (rows: number, columns: number): Strips | undefined =>
  columns > STRIP_COLUMNS && columns % STRIP_COLUMNS === 0 ? { rows, columns } : undefined;

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
  /** Where it is shown so. */
  readonly strips: Strips | undefined;
}

/** Whether a buffer is small enough to be shown as a texture. */
export const canShow = (bytes: number): boolean => bytes <= MOST_BYTES;

const DECLARATION = /@binding\((\d+)\) var \w+: texture_storage_2d(?:_array)?<rgba32float, read>;/g;

/** Which of its buffers a kernel sees as textures, the first being 0: binding 0 is its uniform block. */
export const shownIn = (code: string): number[] =>
  [...code.matchAll(DECLARATION)].map(([, binding]) => Number(binding) - 1);

/**
 * Textures for kernels that read buffers through them. lavapipe reads a quad of a texture by one load for each lane; of a
 * buffer it reads every number by itself and checks each against the buffer's end, which is six times the work.
 */
export class Pictures {
  /** By the place in a kernel's bindings. One that is replaced by a larger one stays where a captured step uses it. */
  private readonly flat = new Map<number, Picture>();
  private readonly strips = new Map<number, Picture>();

  /** @param refused is told if the driver has no room for one */
  constructor(
    private readonly device: GPUDevice,
    private readonly refused: (error: GpuOutOfMemoryError) => void,
  ) {}

  /** One picture serves all buffers that kernels have at a place, and another all that are shown as strips. */
  show(buffer: PooledBuffer, place: number, strips: Strips | undefined): Shown {
    const made = strips ? this.strips : this.flat;
    const rows = Math.ceil(buffer.size / (strips ? STRIP_BYTES : ROW_BYTES));
    const known = made.get(place);
    const picture = known && known.rows >= rows ? known : this.make(2 ** Math.ceil(Math.log2(rows)), strips);
    made.set(place, picture);
    return { buffer, picture, strips };
  }

  /** Copies the buffer, outside of a pass. */
  copy(encoder: GPUCommandEncoder, shown: Shown): void {
    if (shown.strips) copyStrips(encoder, shown, shown.strips);
    else copyFlat(encoder, shown);
  }

  private make(rows: number, strips: Strips | undefined): Picture {
    const width = strips ? STRIP_QUADS : WIDTH + MARGIN;
    const layers = Math.ceil(rows / LAYER_ROWS); // one, where it is flat
    this.device.pushErrorScope('out-of-memory');
    const texture = this.device.createTexture({
      size: [width, rows / layers, layers],
      format: 'rgba32float',
      usage: TEXTURE_USAGE.STORAGE_BINDING | TEXTURE_USAGE.COPY_DST,
    });
    const told = (error: GPUError | null) => {
      const bytes = rows * width * QUAD_BYTES;
      if (error) this.refused(new GpuOutOfMemoryError(bytes, 'a texture', 'use a smaller batch'));
    };
    this.device.popErrorScope().then(told, () => undefined); // the device was lost, which is reported by itself
    const view = texture.createView({ dimension: strips ? '2d-array' : '2d' });
    return { serial: nextSerial(), rows, texture, view };
  }
}

function copyFlat(encoder: GPUCommandEncoder, { buffer, picture: { texture } }: Shown): void {
  const quads = Math.floor(buffer.size / QUAD_BYTES);
  const rows = Math.floor(quads / WIDTH);
  const source = { buffer: buffer.gpu, bytesPerRow: ROW_BYTES };
  if (rows > 0) encoder.copyBufferToTexture(source, { texture }, [WIDTH, rows]);
  if (quads > rows * WIDTH) {
    const rest = { ...source, offset: rows * ROW_BYTES };
    encoder.copyBufferToTexture(rest, { texture, origin: [0, rows] }, [quads - rows * WIDTH, 1]);
  }
}

/** A strip may end in another layer than it begins in. */
function copyStrips(
  encoder: GPUCommandEncoder,
  { buffer, picture: { texture } }: Shown,
  { rows, columns }: Strips,
): void {
  const bytesPerRow = 4 * columns;
  for (let strip = 0; strip < columns / STRIP_COLUMNS; strip++) {
    for (let row = 0, count = 0; row < rows; row += count) {
      const at = strip * rows + row;
      count = Math.min(rows - row, LAYER_ROWS - (at % LAYER_ROWS));
      const source = {
        buffer: buffer.gpu,
        offset: strip * STRIP_BYTES + row * bytesPerRow,
        bytesPerRow,
      };
      const origin = [0, at % LAYER_ROWS, Math.floor(at / LAYER_ROWS)];
      encoder.copyBufferToTexture(source, { texture, origin }, [STRIP_QUADS, count]);
    }
  }
}
