import type { Batch } from '../../data/batch';
import { Module } from '../../nn/module';
import type { Gpu } from '../../tensor/gpu';
import { anObject, aWholeNumber, checkAll, kind, listOf, oneOf, optional, options } from '../../tensor/guard';
import { anyTensor } from '../../tensor/guard-tensor';
import { ShapeError } from '../../tensor/shape';
import { CellNetwork, type CellNetworkOptions } from '../cell';
import type { Genotype } from '../genotype';
import { Probe } from './probe';
import { SCORE_NAMES, SCORES, type ScoreName } from './table';

/** How a genotype's network is made that is scored; what is left out follows from the batch, or is as in `CellNetwork`. */
export interface ScoredNetwork extends Partial<CellNetworkOptions> {
  /** Of its first weights; default 0. */
  readonly seed?: number;
}

/** Which score, and of which network. */
export interface ScoreOptions extends ScoredNetwork {
  /** A name of `SCORE_NAMES`. */
  readonly kind: ScoreName;
}

const CELL = 'a genotype, or a module such as new nn.Linear(…)';
const aNetwork = kind(
  CELL,
  (value) => value instanceof Module || (typeof value === 'object' && value !== null && 'edges' in value),
);
const aBatch = options({ inputs: anyTensor, labels: anyTensor });
const scoreOptions = options({ kind: oneOf(...SCORE_NAMES), seed: optional(aWholeNumber) });

/**
 * A score of an untrained network, by one batch: the higher, the better the network is hoped to become. A genotype's
 * network is made for it and freed; a module is left as it was. Networks are in training mode, batch norm by the batch's
 * own statistics, unless the score's record says otherwise.
 * @param network a genotype, or any module that gives logits [N, classes]
 * @param batch images and labels, [N, ...] and [N]
 * @throws ArgumentError; ShapeError on no samples; RangeError where a score is above the largest number
 * @example
 * ```ts
 * const cell = nas.makeGenotype(3, 4, { '01': 'sep_conv_3x3', '02': 'skip_connect', '12': 'max_pool_3x3' });
 * const batch = { inputs: gpu.randn([8, 4, 6, 6]), labels: gpu.tensor(Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1)) };
 * await nas.score(cell, batch, { kind: 'parameters', classes: 3 }); // → 971
 * ```
 */
export async function score(
  network: Genotype | Module,
  batch: Batch,
  options: ScoreOptions,
): Promise<number> {
  checkAll('score', {
    network: [network, aNetwork],
    batch: [batch, aBatch],
    options: [options, scoreOptions],
  });
  const { kind, ...made } = options;
  return (await scores(network, batch, [kind], made))[kind] ?? Number.NaN;
}

/**
 * Several scores of one network. They share what they compute.
 * @throws as `score`
 * @example
 * ```ts
 * const batch = { inputs: gpu.randn([2, 4]), labels: gpu.tensor(Int32Array.of(0, 2)) };
 * const found = await nas.scores(new nn.Linear(gpu, 4, 3), batch, ['parameters', 'multiply-adds']);
 * found; // → { parameters: 15, 'multiply-adds': 12 }
 * ```
 */
export async function scores<Name extends ScoreName>(
  network: Genotype | Module,
  batch: Batch,
  kinds: readonly Name[],
  options: ScoredNetwork = {},
): Promise<Record<Name, number>> {
  checkAll('scores', {
    network: [network, aNetwork],
    batch: [batch, aBatch],
    kinds: [kinds, listOf('names', oneOf(...SCORE_NAMES))],
    options: [options, anObject],
  });
  if (!(batch.inputs.shape[0] > 0))
    throw new ShapeError('score: the batch has no samples, expected at least one');
  const { gpu } = batch.inputs;
  const net = network instanceof Module ? network : untrained(gpu, network, batch, options);
  const probe = new Probe(net, batch);
  try {
    const found: [string, number][] = [];
    for (const name of kinds) found.push([name, await SCORES[name].of(probe)]);
    return Object.fromEntries(found) as Record<Name, number>;
  } finally {
    probe.dispose();
    if (net !== network) net.dispose();
  }
}

function untrained(gpu: Gpu, genotype: Genotype, { inputs }: Batch, options: ScoredNetwork): CellNetwork {
  const [, channels, height, width] = inputs.shape;
  const { seed = 0, classes = 10, size = [height, width], inputs: planes = channels, ...rest } = options;
  gpu.manualSeed(seed);
  return new CellNetwork(gpu, genotype, { classes, size, inputs: planes, ...rest });
}
