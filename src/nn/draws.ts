import type { RandomKey } from '../ops/random-key';
import type { Gpu } from '../tensor/gpu';
import { remembered } from '../tensor/remembered';

/**
 * What the random numbers of a layer follow from: its seed and a count of its calls. After `seek` they follow from the seed, the
 * layer's place in the network and the step.
 */
export class Draws {
  #place = 0;
  #step = 0;

  constructor(readonly seed: number) {}

  seek(step: number, random: { layers: number }): void {
    this.#place = random.layers++;
    this.#step = step;
  }

  /** For the call that is made now. */
  next(gpu: Gpu): RandomKey & { readonly stream: number } {
    return remembered(() => ({
      seed: this.seed,
      stream: this.#place,
      offset: gpu.varying(() => this.#step++),
    }));
  }
}
