import type { FactoredCall } from '../autograd/factored-call';
import { freeGraph, perSampleFactors } from '../autograd/per-sample';
import type { Batches } from '../data/batch';
import { switchMode } from '../nn/mode';
import { aModule, type Module } from '../nn/module';
import { crossEntropy } from '../ops/cross-entropy';
import { pad } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import { aFunction, aNumber, checkAll, optional, options } from '../tensor/guard';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { countedOf } from '../training/labels';
import { checkListed, FisherError } from './errors';
import { aBatches, checkedBatches } from './guard';
import type { LogDetReport } from './spd';
import { checkKnown, emptyError } from './targets';

/** What the log-determinants of a Fisher are asked with. */
export interface LogDetOptions {
  /** δ > 0, added to every eigenvalue of the Fisher. */
  readonly damping: number;
  /** Of the task. Where the network has fewer outputs its logits are padded with zeros; default: its outputs. */
  readonly classes?: number;
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

const logDetOptions = options({ damping: aNumber, classes: optional(aNumber), report: optional(aFunction) });

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
  classes = 0,
): AsyncGenerator<FactorBatch> {
  const gpu = gpuOf(op, net);
  const parameters = new Set(net.parameters().values());
  const restore = switchMode(net, false);
  try {
    let samples = 0;
    let counting = 0;
    for await (const { inputs, labels } of checkedBatches(op, batches)) {
      const batch = gpu.scope(() => {
        const logits = logitsOf(op, net.forward(inputs), classes);
        const [rows, outputs] = logits.shape;
        counting += checkKnown(op, labels, samples, outputs);
        const losses = crossEntropy(logits, labels, { reduction: 'none' });
        const calls = perSampleFactors(losses, gpu.ones(losses.shape), parameters);
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
  if (logits.shape.length !== 2) {
    throw new ShapeError(`${op}: the network gave ${formatShape(logits.shape)}, expected logits [N, C]`);
  }
  const missing = classes - logits.shape[1];
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
