import type { Json } from '../../src/experiment/canonical';
import type { EvaluateInputs } from '../../src/experiment/kinds/evaluate.node';
import type { NetworksOn } from '../../src/experiment/kinds/fisher.node';
import { type NetworkInputs, SAVE_SECONDS } from '../../src/experiment/kinds/network.node';
import type { SearchInputs } from '../../src/experiment/kinds/search.node';
import type { WinnerInputs } from '../../src/experiment/kinds/winner.node';
import type { SearchBudgets } from '../../src/experiment/scene/search-data';
import { PRESETS, type TrainingSettings } from '../../src/experiment/settings/presets';
import { searchBudget } from '../../src/nas/budget';
import type { FullSettings, SearchData } from '../../src/nas/settings';
import { Random } from '../../src/tensor/random';
import type { Measured } from './measured';
import type { Model, Work } from './simulate';
import { madeUp } from './values';

/** Share of the training images that are not kept for the Fisher information. */
const TRAINED_SHARE = 0.9;
/** Weights as f32, and beside them Adam's two moments. */
const WEIGHT_BYTES = 4;
const STATES = 3;
/** A search is saved after its steps of weights and after those of α. */
const SAVES_A_STAGE = 2;

/** What a job costs at the speed of the machine that was measured. */
type Cost = Omit<Work, 'value'>;

/**
 * Jobs of other settings from those of preset quick that were measured: their work is counted, the time of a unit of work is
 * drawn from what was measured of the kind.
 * @param speed how many times as fast the machines are
 */
export function modelFrom(measured: Measured, speed: number): Model {
  const costs = costsFrom(measured, speed);
  const known = new Map<string, Work>();
  return (kind, inputs, { key }) => {
    const random = new Random(Number.parseInt(key.slice(0, 8), 16));
    const made = known.get(key) ?? worked(kind, inputs, random);
    known.set(key, made);
    return made;
  };

  function worked(kind: string, inputs: unknown, random: Random): Work {
    const cost = costs[kind] ?? costs.other;
    const { seconds, ...rest } = cost(kind, inputs as never, random);
    return { ...rest, seconds: seconds / speed, value: madeUp(kind, inputs as never, random) as Json };
  }
}

type CostOf = (kind: string, inputs: never, random: Random) => Cost;

function costsFrom(
  { jobs, networks, gflopsPerSecond }: Measured,
  speed: number,
): Readonly<Record<string, CostOf>> {
  const of = (kind: string) => jobs.filter((job) => job.kind === kind);
  const draw = <T>(list: readonly T[], random: Random): T => list[random.int(list.length)];
  /** A job's time over the median of its kind. */
  const spread = (kind: string, random: Random) =>
    draw(of(kind), random).seconds / median(of(kind).map(({ seconds }) => seconds));
  const bytes = (kind: string) => median(of(kind).map(({ bytes }) => bytes));
  const stepSeconds = (network: string, images: number) =>
    (images * networks[network].gflop) / gflopsPerSecond;
  const weights = (network: string) => networks[network].parameters * WEIGHT_BYTES;
  const cellBytes = bytes('winner');

  const network = (kind: string, { training }: NetworkInputs, random: Random): Cost => {
    const { network, batchSize, epochs } = training;
    const seconds = stepsOf(training) * stepSeconds(network, batchSize) * spread(kind, random);
    const pieces = Math.max(epochs, Math.floor(seconds / speed / SAVE_SECONDS));
    return { seconds, pieces, savedBytes: STATES * weights(network), bytes: weights(network) };
  };

  const winner = (_: string, { final }: WinnerInputs, random: Random): Cost => {
    const { seconds, steps = 1 } = draw(of('winner'), random);
    const perImage = seconds / steps / PRESETS.quick.final.batchSize;
    return {
      seconds: stepsOf(final) * final.batchSize * perImage,
      pieces: final.epochs,
      savedBytes: STATES * cellBytes,
      bytes: cellBytes,
    };
  };

  const unit = (random: Random) => draw(of('search'), random).seconds / unitsOf(PRESETS.quick.search);
  const search = (kind: string, { plan }: SearchInputs, random: Random): Cost => ({
    seconds: unitsOf(plan) * unit(random),
    pieces: plan.rounds * plan.stages * SAVES_A_STAGE,
    savedBytes: STATES * plan.candidates * cellBytes,
    bytes: bytes(kind),
  });
  const evaluate = (kind: string, { plan }: EvaluateInputs, random: Random): Cost => ({
    seconds:
      (unitsOf(plan) * median(of('search').map(({ seconds }) => seconds)) * spread(kind, random)) /
      (unitsOf(PRESETS.quick.search) * plan.rounds * plan.candidates),
    ...{ pieces: 1, savedBytes: 0, bytes: bytes(kind) },
  });

  /** A pass over images for the Fisher takes as long as a training step with them (bench/README.md: 0.9 to 1.1 times). */
  const fisher = (kind: string, { networks, fisher: { count } }: NetworksOn, random: Random): Cost => {
    const { network } = networks[0].value;
    const passes = networks.length * stepSeconds(network, count);
    const opening = median(of(kind).map(({ seconds }) => seconds));
    const isKept = kind === 'fisher';
    return {
      seconds: (opening + passes) * spread(kind, random),
      ...{ pieces: 1, savedBytes: 0, bytes: isKept ? weights(network) : bytes(kind) },
    };
  };

  const other = (kind: string, _: unknown, random: Random): Cost => {
    const { seconds, bytes } = draw(of(kind), random);
    return { seconds, bytes, pieces: 1, savedBytes: 0 };
  };
  return { network, baseline: network, winner, search, evaluate, fisher, distance: fisher, other };
}

const stepsOf = ({
  images,
  epochs,
  batchSize,
}: Pick<TrainingSettings, 'images' | 'epochs' | 'batchSize'>): number =>
  epochs * Math.ceil((TRAINED_SHARE * images) / batchSize);

/** Work of a search as its budget counts it, in units of an image. */
function unitsOf(plan: SearchBudgets): number {
  const { images, validation, batchSize } = plan;
  const split = (share: number) => ({ indices: { length: Math.round(share * images) } });
  const seen = images < PRESETS.paper.search.images ? 1 : TRAINED_SHARE;
  const data = { train: split(seen * (1 - validation)), validation: split(seen * validation) };
  // The budget looks at nothing but the number of images, and has no use for the space.
  const { work } = searchBudget(
    { ...plan, alphaBatchSize: batchSize } as unknown as FullSettings,
    data as unknown as SearchData,
  );
  return work * batchSize;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
