import { Embedding } from '../nn/embedding';
import { Linear } from '../nn/layers';
import { Module } from '../nn/module';
import { LSTM } from '../nn/recurrent-layers';
import { mean } from '../ops/reduction';
import type { Gpu } from '../tensor/gpu';
import { aCount, aFlag, aNumber, aWholeNumber, checker, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Classifier } from './classifier';

const check = checker('LstmClassifier', {
  gpu: aGpu,
  options: options({
    classes: aCount,
    words: optional(aCount),
    features: aCount,
    hidden: optional(aCount),
    layers: optional(aCount),
    bidirectional: optional(aFlag),
    dropout: optional(aNumber),
    paddingIdx: optional(aWholeNumber),
  }),
});

/** What an LSTM classifier is made of. */
export interface LstmClassifierOptions {
  /** Number of classes. */
  readonly classes: number;
  /** How many words there are, of texts; left out, of series of numbers. */
  readonly words?: number;
  /** Of a word, or numbers at each time of a series. */
  readonly features: number;
  /** Width of the LSTM; default 64. */
  readonly hidden?: number;
  /** Default 1. */
  readonly layers?: number;
  /** Whether sequences are read from both ends; default false. */
  readonly bidirectional?: boolean;
  /** Probability that a feature between layers becomes 0; default 0. */
  readonly dropout?: number;
  /** The word that stands for none. Default: none does. */
  readonly paddingIdx?: number;
}

/**
 * Classifies sequences: an LSTM reads them, and the mean of what it gives at each time goes into a linear layer. Texts [N, T] i32
 * or series [N, T, features] f32 → logits [N, classes].
 * @example
 * ```ts
 * const net = new models.LstmClassifier(gpu, { classes: 2, words: 100, features: 8, hidden: 16 });
 * net.forward(gpu.zeros([3, 5], { dtype: 'i32' })).shape; // → [3, 2]
 * ```
 */
export class LstmClassifier extends Module implements Classifier {
  /** Words as features, of texts. */
  readonly embedding: Embedding | undefined;
  /** Reads the sequence. */
  readonly lstm: LSTM;
  /** The last layer. */
  readonly head: Linear;

  /** @throws ShapeError */
  constructor(gpu: Gpu, given: LstmClassifierOptions) {
    super();
    check([gpu, given]);
    const { classes, words, features, hidden = 64, layers: numLayers, paddingIdx } = given;
    const { bidirectional = false, dropout } = given;
    if (paddingIdx !== undefined && words === undefined)
      throw new ShapeError('LstmClassifier: paddingIdx is a word, and there are no words; give their number');
    this.embedding = words === undefined ? undefined : new Embedding(gpu, words, features, { paddingIdx });
    this.lstm = new LSTM(gpu, features, hidden, { numLayers, bidirectional, dropout, batchFirst: true });
    this.head = new Linear(gpu, bidirectional ? 2 * hidden : hidden, classes);
  }

  forward(x: Tensor): Tensor {
    return this.head.forward(mean(this.lstm.forward(this.embedding?.forward(x) ?? x), 1));
  }
}
