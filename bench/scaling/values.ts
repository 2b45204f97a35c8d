import type { ChooseInputs } from '../../src/experiment/kinds/choose.node';
import type { DistanceInputs } from '../../src/experiment/kinds/distance.node';
import type { NetworkInputs } from '../../src/experiment/kinds/network.node';
import type { SearchInputs } from '../../src/experiment/kinds/search.node';
import { drawDistinct, standardSpace } from '../../src/nas/space';
import { UNSEARCHED_RULES } from '../../src/report/results';
import type { Random } from '../../src/tensor/random';

/** Figures that plans read and that say nothing here. */
const NO_TIME = { gpuSeconds: 0, wallSeconds: 0 };
const NO_SIZE = { parameters: 1, headParameters: 1, steps: 1 };

/** Values of artefacts drawn at random, by kind: a plan goes on by them as it would by true ones. */
const VALUES: Readonly<Record<string, (inputs: never, random: Random) => unknown>> = {
  network: trained,
  baseline: trained,
  fisher: () => ({ entries: [{ name: 'weight', size: 1 }] }),
  distance: ({ epsilons }: DistanceInputs, random) => ({
    logdet: random.uniform(),
    frechet: random.uniform(),
    overEpsilon: epsilons.map(() => random.uniform()),
    below: 0,
  }),
  evaluate: (_, random) => ({ loss: random.uniform(), accuracy: random.uniform() }),
  search: ({ plan, space }: SearchInputs, random) => ({
    winner: drawDistinct({ ...space, reason: '' }, plan, 1, random)[0],
    validationAccuracy: random.uniform(),
    rounds: [],
    spent: { steps: 1, networks: 1 },
    ...NO_TIME,
    keepsHead: false,
  }),
  winner: (_, random) => ({ testError: random.uniform(), ...NO_SIZE, ...NO_TIME }),
  choose: ({ plan, drawn }: ChooseInputs, random) => {
    const [, ...chosen] = UNSEARCHED_RULES;
    const rules = [...Array.from({ length: drawn }, () => 'drawn'), ...chosen];
    const cells = drawDistinct(standardSpace, plan, rules.length, random);
    return rules.map((rule, i) => ({ rule, genotype: cells[i] }));
  },
};

function trained({ of, seed, training }: NetworkInputs, random: Random) {
  const { network } = training;
  const { gpuSeconds } = NO_TIME;
  return {
    task: of.task.id,
    seed,
    network,
    ...NO_SIZE,
    testAccuracy: random.uniform(),
    curve: [],
    gpuSeconds,
  };
}

/** @throws RangeError on a kind that no plan of the simulation asks for */
export function madeUp(kind: string, inputs: never, random: Random): unknown {
  const value = VALUES[kind];
  if (!value) throw new RangeError(`simulation: no values are known of jobs of the kind '${kind}'`);
  return value(inputs, random);
}
