import type { FactoredCall } from '../autograd/factored-call';
import { freeGraph, perSampleFactors } from '../autograd/per-sample';
import { withWholeTape } from '../autograd/recompute';
import type { Batches } from '../data/batch';
import { switchMode } from '../nn/mode';
import { aModule, type Module } from '../nn/module';
import { pad } from '../ops/pad';
import type { Gpu } from '../tensor/gpu';
import { aFunction, aNumber, checkAll, oneOf, optional, options } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { countedOf } from '../training/labels';
import { checkListed, FisherError } from './errors';
import { aBatches, checkedBatches } from './guard';
import { sampleLosses, TOKEN_LOSSES, type TokenLoss } from './losses';
import type { LogDetReport } from './spd';
import { checkKnown, checkRows, emptyError, outputsOf } from './targets';

/** What the log-determinants of a Fisher are asked with. */
export interface LogDetOptions {
  /** δ > 0, added to every eigenvalue of the Fisher. */
  readonly damping: number;
  /** Of the task. Where the network has fewer outputs its logits are padded with zeros; default: its outputs. */
  readonly classes?: number;
  /** What the loss of a sequence is of its tokens', where the network gives [N, T, C]; default 'sum'. See `diagonal`. */
  readonly tokens?: TokenLoss;
  /** Told how well f32 did for every factored matrix; with a jitter above 0 the result is a little too large. */
  readonly report?: (facts: LogDetReport) => void;
}

/** @throws FisherError */
export function checkDamping(op: string, damping: number): void {
  if (damping > 0 && damping < Number.POSITIVE_INFINITY) return;
  throw new FisherError(
    `${op}: damping is ${damping}, expected a number above 0; without it the Fisher is singular`,
  );
}

const logDetOptions = options({
  damping: aNumber,
  classes: optional(aNumber),
  tokens: optional(oneOf(...TOKEN_LOSSES)),
  report: optional(aFunction),
});

/** @throws ArgumentError */
export const checkLogDet = (op: string, net: unknown, batches: unknown, given: unknown): void =>
  checkAll(op, { net: [net, aModule], batches: [batches, aBatches], options: [given, logDetOptions] });

/** @throws FisherError without trainable parameters */
export function gpuOf(op: string, net: Module): Gpu {
  for (const { gpu } of net.parameters().values()) return gpu;
  throw new FisherError(`${op}: the network has no trainable parameters`);
}

/** A batch after its passes. */
export interface FactorBatch {
  readonly samples: number;
  /** 1 for a sample that counts, 0 for one whose label is −100, [N]. The gradients of the latter are 0. */
  readonly counted: Tensor;
  readonly calls: readonly FactoredCall[];
}

/**
 * The calls of every batch that use parameters, with factors of the gradients of each sample's own cross-entropy, the
 * network in evaluation mode. What they keep is the caller's to free, see `release`.
 * @throws FisherError without samples; StrayLabelError where the host knows the labels; GradientError as `perSampleFactors`;
 *   ShapeError
 */
export async function* factorBatches(
  op: string,
  net: Module,
  batches: Batches,
  { classes = 0, tokens = 'sum' }: Pick<LogDetOptions, 'classes' | 'tokens'> = {},
): AsyncGenerator<FactorBatch> {
  const gpu = gpuOf(op, net);
  const parameters = new Set(net.parameters().values());
  const restore = switchMode(net, false);
  try {
    let samples = 0;
    let counting = 0;
    for await (const { inputs, labels } of checkedBatches(op, batches)) {
      const batch = gpu.scope(() => {
        const logits = logitsOf(
          op,
          withWholeTape(() => net.forward(inputs)),
          classes,
        );
        const [rows] = logits.shape;
        checkRows(op, labels, logits);
        counting += checkKnown(op, labels, samples, outputsOf(op, logits));
        const { losses, weights } = sampleLosses(logits, labels, tokens);
        const calls = perSampleFactors(losses, weights, parameters);
        freeGraph(losses);
        return checkSamples(op, { samples: rows, counted: countedOf(labels), calls });
      });
      samples += batch.samples;
      checkListed(op, net);
      yield batch;
      await gpu.pace();
    }
    if (counting === 0) throw emptyError(op, samples);
  } finally {
    restore();
  }
}

/** Logits padded with zeros to the task's classes. */
function logitsOf(op: string, logits: Tensor, classes: number): Tensor {
  const missing = classes - outputsOf(op, logits);
  return missing > 0 ? pad(logits, [0, missing]) : logits;
}

/** @throws FisherError if samples are not the first axis of what every layer gives */
function checkSamples(op: string, batch: FactorBatch): FactorBatch {
  const { samples, calls } = batch;
  const other = calls.find((call) => call.samples !== samples);
  if (!other) return batch;
  throw new FisherError(
    `${op}: a call of ${other.op} has ${other.samples} rows for ${samples} samples; keep the samples on the first axis`,
  );
}

/** Frees what a batch keeps. */
export function release({ counted, calls }: FactorBatch): void {
  counted.dispose();
  for (const { kept } of calls) for (const tensor of kept) tensor.dispose();
}
