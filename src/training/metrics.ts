import type { Gpu } from '../tensor/gpu';
import { ShapeError } from '../tensor/shape';
import { Tensor } from '../tensor/tensor';
import { TrainingError } from './errors';
import { countedOf } from './labels';

/**
 * A figure of outputs, f32: a value for each sample, [N], or their mean, one number. What is told is the mean over all
 * samples that count.
 * @param outputs of the network, [N, …]
 * @param expected labels [N] i32, or targets [N, ...targetShape] f32
 */
export type Metric = (outputs: Tensor, expected: Tensor) => Tensor;

/** Figures by their names, as in `{ error: (outputs, targets) => ops.abs(ops.sub(outputs, targets)) }`. */
export type Metrics = Readonly<Record<string, Metric>>;

/** A measure, with the metrics that were asked for. */
export type Measured<M> = M & { readonly metrics?: Readonly<Record<string, number>> };

/** Sums of metrics over batches, on the GPU. */
export class MetricSums {
  private readonly sums: ReadonlyMap<string, Tensor>;

  constructor(
    gpu: Gpu,
    private readonly what: string,
    private readonly metrics: Metrics,
  ) {
    this.sums = new Map(Object.keys(metrics).map((name) => [name, gpu.zeros([])]));
  }

  /**
   * @param labels of the batch: samples of the label −100 do not count
   * @throws ShapeError on a metric of another shape than it may have
   */
  add(outputs: Tensor, expected: Tensor, labels: Tensor): void {
    const { kernels: k } = labels.gpu;
    const counted = countedOf(labels);
    for (const [name, into] of this.sums) {
      const value = this.valueOf(name, this.metrics[name](outputs, expected), labels.size);
      const each = k.elementwise('select(0.0, value, counted > 0.0)', { value, counted });
      k.elementwise('old + own', { own: k.reduce('sum', each, [0]) }, { into });
    }
  }

  /**
   * Waits for the GPU.
   * @param samples that count
   * @throws TrainingError on a mean that is not finite
   */
  async means(samples: number): Promise<Record<string, number>> {
    const means: Record<string, number> = {};
    for (const [name, sum] of this.sums) {
      const mean = (await sum.item()) / samples;
      if (!Number.isFinite(mean)) {
        throw new TrainingError(
          `${this.what}: the metric ${name} is ${mean}; give a finite number for each sample`,
        );
      }
      means[name] = mean;
    }
    return means;
  }

  dispose(): void {
    for (const sum of this.sums.values()) sum.dispose();
  }

  /** [N], or one number that stands for all. */
  private valueOf(name: string, value: unknown, samples: number): Tensor {
    if (value instanceof Tensor && value.dtype === 'f32') {
      if (value.size === samples) return value.alias([samples]);
      if (value.size === 1) return value.alias([1]);
    }
    throw new ShapeError(
      `${this.what}: the metric ${name} is ${value instanceof Tensor ? value : typeof value}, expected f32 [${samples}], a value for each sample, or one number`,
    );
  }
}
