import { embedding } from '../ops/indexing';
import type { Gpu } from '../tensor/gpu';
import { aCount, aWholeNumber, checker, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import * as init from './init';
import { Module } from './module';

const checkEmbedding = checker('Embedding', {
  gpu: aGpu,
  numEmbeddings: aCount,
  embeddingDim: aCount,
  options: options({ paddingIdx: optional(aWholeNumber) }),
});

/** Options of `Embedding`. */
export interface EmbeddingLayerOptions {
  /** The row that stands for no word: zeros that are not learnt. Negative ones count from the end. Default: none. */
  readonly paddingIdx?: number;
}

/**
 * A row for each word; indices i32 of any shape [...] → [..., embeddingDim]. First rows are normal draws, as in PyTorch.
 * @example
 * ```ts
 * const layer = new nn.Embedding(gpu, 100, 8, { paddingIdx: 0 });
 * const words = gpu.tensor(Int32Array.of(5, 7, 0, 12, 0, 0), [2, 3]);
 * layer.forward(words).shape; // → [2, 3, 8]
 * ```
 */
export class Embedding extends Module {
  /** The table, a row a token. */
  readonly weight: Tensor;

  /** @throws ShapeError on a paddingIdx that is no row */
  constructor(
    gpu: Gpu,
    numEmbeddings: number,
    embeddingDim: number,
    private readonly options: EmbeddingLayerOptions = {},
  ) {
    super();
    checkEmbedding([gpu, numEmbeddings, embeddingDim, options]);
    this.weight = init.normal(gpu.empty([numEmbeddings, embeddingDim], { requiresGrad: true }), 1);
    const { paddingIdx } = options;
    if (paddingIdx !== undefined) this.clear(paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx);
  }

  forward(indices: Tensor): Tensor {
    return embedding(indices, this.weight, this.options);
  }

  private clear(row: number): void {
    const [rows] = this.weight.shape;
    if (!(row >= 0 && row < rows))
      throw new ShapeError(`Embedding: paddingIdx ${this.options.paddingIdx} is none of ${rows} rows`);
    const { gpu } = this.weight;
    gpu.scope(() => {
      const others = gpu.tensor(
        Float32Array.from({ length: rows }, (_, i) => Number(i !== row)),
        [rows, 1],
      );
      gpu.kernels.elementwise('old * others', { others }, { into: this.weight });
    });
  }
}
