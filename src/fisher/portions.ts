import { NoRoomError } from '../../runtime/pool';
import type { Batch } from '../data/batch';
import { slice } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';

/** Bytes that activations may take however small a network is. Small portions leave most of a GPU idle. */
const LEAST_ROOM = { software: 64 << 20, gpu: 256 << 20 };
const BYTES_PER_VALUE = 4;

/** Samples of a batch from number `from` on. */
export interface Portion extends Batch {
  readonly from: number;
  /** Runs the forward pass. */
  readonly within: <T>(forward: () => T) => T;
}

/**
 * Bytes for activations: twice those of the parameters, as much as the sums of their squares take. With less a diagonal would
 * hold hardly less in all, and each portion adds up squares of the parameters' size.
 */
export function roomFor(gpu: Gpu, parameters: ReadonlySet<Tensor>): number {
  const values = [...parameters].reduce((sum, { size }) => sum + size, 0);
  return Math.max(2 * BYTES_PER_VALUE * values, LEAST_ROOM[gpu.adapter.software ? 'software' : 'gpu']);
}

/** Has batches go through in portions whose forward passes have room. The first ones find out of how many samples. */
export class Portions {
  private most = Number.POSITIVE_INFINITY;

  /** @param room bytes that a forward pass may take */
  constructor(
    private readonly gpu: Gpu,
    private readonly room: number,
  ) {}

  /** @param pass frees all that it makes, also where its forward pass ends with an error */
  async of({ inputs, labels }: Batch, pass: (portion: Portion) => void): Promise<void> {
    const [samples] = labels.shape;
    const canSplit = inputs.shape[0] === samples && samples > 1;
    let from = 0;
    do {
      const to = canSplit ? Math.min(samples, from + this.most) : samples;
      const isLimited = canSplit && to - from > 1;
      const within = <T>(forward: () => T): T =>
        isLimited ? this.gpu.runtime.pool.limited(this.room, forward) : forward();
      try {
        if (to - from === samples) pass({ inputs, labels, from, within });
        else this.partOf({ inputs, labels }, from, to, (part) => pass({ ...part, from, within }));
        from = to;
      } catch (error) {
        if (!(error instanceof NoRoomError)) throw error;
        this.most = Math.ceil((to - from) / 2);
      }
      await this.gpu.pace();
    } while (from < samples);
  }

  private partOf({ inputs, labels }: Batch, from: number, to: number, use: (part: Batch) => void): void {
    const parts = { inputs: slice(inputs, 0, from, to), labels: slice(labels, 0, from, to) };
    try {
      use(parts);
    } finally {
      for (const part of Object.values(parts)) part.dispose();
    }
  }
}
