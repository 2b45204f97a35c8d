import type { Kernel } from '../../runtime/kernel';
import { tagged } from '../../runtime/tags';
import type { Varying } from '../../runtime/varying';
import source from '../../shaders/training_stats.wgsl';
import { IGNORE_INDEX } from '../ops/cross-entropy';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';

const kernel: Kernel = { name: 'trainingStats', source };
/** State of statistics that have seen nothing. */
export const EMPTY_STATS: readonly number[] = [0, 0, 0, -1];

/** Mean loss over the samples seen. */
export interface LossMeasure {
  /** Mean over the samples. */
  readonly loss: number;
}

/** Mean loss and accuracy (share of 1) over the samples seen that are not ignored (label −100). */
export interface Measure extends LossMeasure {
  /** Share of samples whose largest logit is the label's. */
  readonly accuracy: number;
}

/** Loss and accuracy of an epoch, added up on the GPU so that no step reads back. */
export class RunningStats {
  private readonly sums: Tensor;

  constructor(gpu: Gpu, state: readonly number[] = EMPTY_STATS) {
    this.sums = gpu.tensor(state, [4]);
  }

  /**
   * Adds a batch: its mean loss, logits [N, C] and labels [N]; `step` names it should the loss be NaN. Ignored samples do
   * not count, and nothing is added of a batch that has no others.
   */
  add(loss: Tensor, logits: Tensor, labels: Tensor, step: Varying): void {
    const [rows, classes] = logits.shape;
    tagged('statistics', { op: 'trainingStats' }, () =>
      loss.gpu.kernels.run(kernel, {
        outputs: [this.sums],
        inputs: [logits, labels, loss],
        uniforms: { rows, classes, step, ignore_index: IGNORE_INDEX },
        groups: 1,
      }),
    );
  }

  /** Adds the mean loss of a batch whose samples [N] all count and are of no class. */
  addLoss(loss: Tensor, samples: Tensor, step: Varying): void {
    tagged('statistics', { op: 'trainingStats' }, () =>
      loss.gpu.kernels.run(kernel, {
        outputs: [this.sums],
        inputs: [loss, samples, loss],
        uniforms: { rows: samples.size, classes: 0, step, ignore_index: IGNORE_INDEX },
        groups: 1,
      }),
    );
  }

  reset(): void {
    this.sums.write(EMPTY_STATS);
  }

  /** Waits for the GPU. `badStep` is the first step whose loss was NaN or infinite. */
  async read(): Promise<Measure & { samples: number; badStep: number | undefined; state: number[] }> {
    const state = [...(await this.sums.data())];
    const [loss, correct, samples, bad] = state;
    const divisor = Math.max(1, samples);
    return {
      loss: loss / divisor,
      accuracy: correct / divisor,
      samples,
      badStep: bad < 0 ? undefined : bad,
      state,
    };
  }

  dispose(): void {
    this.sums.dispose();
  }
}
