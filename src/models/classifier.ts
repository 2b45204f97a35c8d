import type { Linear } from '../nn/layers';
import type { Module } from '../nn/module';
import { aCount, aNumber, checkAll, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';

/** What a hand-made network is made for. */
export interface ClassifierOptions {
  /** Number of classes. */
  readonly classes: number;
  /** Image channels; default 1 for NN1 to NN3, else 3. */
  readonly channels?: number;
  /**
   * Image height and width in pixels; default 28 for NN1 to NN3, else 32. Networks that end in a mean over the map
   * take others too, as long as one pixel is left at the end.
   */
  readonly size?: number;
  /** Factor on every hidden width, for small machines; default 1, the published nets. No width falls below 1. */
  readonly width?: number;
}

/**
 * A network from images [N, C, H, W] to logits [N, classes]. The head's parameters are the network's last: Fisher
 * distances pad them where two networks differ in their classes. A state dict of PyTorch's definition fits without its
 * counters `num_batches_tracked`, which nothing reads.
 */
export interface Classifier extends Module {
  /** The last layer. */
  readonly head: Linear;
}

/** From the width of a layer in the published net to its width here, which is at least 1. */
export function widthsBy(factor = 1): (full: number) => number {
  return (full) => Math.max(1, Math.round(full * factor));
}

const classifierOptions = options({
  classes: aCount,
  channels: optional(aCount),
  size: optional(aCount),
  width: optional(aNumber),
});

/** What every network of the catalogue is made of. @throws ArgumentError */
export const checkClassifier = (name: string, gpu: unknown, given: unknown): void =>
  checkAll(name, { gpu: [gpu, aGpu], options: [given, classifierOptions] });
