import { type Genotype, makeGenotype } from '../../src/nas/genotype';
import type { Round } from '../../src/nas/round';
import { publishedLogDetMeans } from '../../src/report/published';
import type { Results, Search, Training } from '../../src/report/results';

/** A result like a quick run's, with seeded noise; its figures are made up. */

function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const OPERATIONS = [
  'none',
  'avg_pool_3x3',
  'max_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'sep_conv_7x7',
  'dil_conv_3x3',
  'dil_conv_5x5',
  'conv_7x1_1x7',
];

export const fourNodes = makeGenotype(4, 3, {
  '01': 'sep_conv_3x3',
  '02': 'dil_conv_5x5',
  '03': 'conv_7x1_1x7',
  '12': 'max_pool_3x3',
  '13': 'none',
  '23': 'skip_connect',
});

export const threeNodes = makeGenotype(3, 8, {
  '01': 'sep_conv_5x5',
  '02': 'skip_connect',
  '12': 'avg_pool_3x3',
});

const tasks: Results['tasks'] = [
  { id: '0', name: '0 vs rest', classes: 2, trainCount: 11846, testCount: 1960 },
  { id: '1', name: '6 vs rest', classes: 2, trainCount: 11836, testCount: 1916 },
  { id: '2', name: '0,1,2,3 + rest', classes: 5, trainCount: 30942, testCount: 5200 },
  { id: '3', name: 'all digits', classes: 10, trainCount: 12000, testCount: 10000 },
];

function training(task: string, seed: number): Training {
  const difficulty = Number(task);
  const random = noise(difficulty * 31 + seed);
  const curve = [1, 2, 3].map((epoch) => {
    const error = (0.02 + 0.03 * difficulty) / epoch + 0.004 * random();
    return { epoch, trainLoss: 3.2 * error, trainAccuracy: 1 - error, testAccuracy: 1 - error * 0.9 };
  });
  const testAccuracy = curve.at(-1)?.testAccuracy ?? 0;
  return {
    task,
    seed,
    network: 'NN2',
    parameters: 52_138,
    curve,
    testAccuracy,
    gpuSeconds: 6.4 + random(),
  };
}

function genotype(random: () => number): Genotype {
  const edges = ['01', '02', '03', '12', '13', '23'].map((edge) => [
    edge,
    OPERATIONS[Math.floor(random() * OPERATIONS.length)] ?? 'none',
  ]);
  return makeGenotype(4, 3, Object.fromEntries(edges));
}

const COST = {
  search: { steps: 972, networks: 9, gpuSeconds: 35.5 },
  training: { steps: 564, networks: 1, gpuSeconds: 6.2 },
};

function fuseRounds(seed: number): Round[] {
  const random = noise(seed);
  const rounds: Round[] = [];
  let kept = genotype(random);
  for (let round = 1; round <= 3; round++) {
    const candidates = [kept, genotype(random), genotype(random)];
    const winner = Math.floor(random() * 3);
    const stages = [1, 2, 3, 4].map((stage) => ({
      stage,
      alpha: candidates.map((_, index) => (index === winner ? 0.35 : -0.15) * stage + 0.1 * random()),
      trainLoss: 0.9 / (round * stage),
      validationLoss: 0.95 / (round * stage),
    }));
    const candidateValidationLoss = candidates.map((_, index) => 0.21 + 0.03 * index);
    rounds.push({
      round,
      candidates,
      stages,
      candidateValidationLoss,
      winner,
      entropy: 0.62 + 0.1 * random(),
      decided: true,
    });
    kept = candidates[winner] ?? kept;
  }
  return rounds;
}

function search(method: Search['method'], space: string[], seed: number, testError: number): Search {
  const rounds = fuseRounds(seed);
  const last = rounds.at(-1);
  const winner = last?.candidates[last.winner] ?? fourNodes;
  return {
    method,
    target: '3',
    space,
    rounds:
      method === 'random search'
        ? rounds.map((round) => ({ ...round, stages: [], entropy: null, decided: null }))
        : rounds,
    winner: method === 'FUSE task-aware' ? fourNodes : winner,
    testError,
    parameters: 71_304,
    headParameters: 70_570,
    cost: COST,
    gpuSeconds: 41.7,
    wallSeconds: 48.2,
    evaluatedTestOnce: false,
    testImagesSeen: ['accuracies of trained networks', 'distances'],
  };
}

const searchedRow = (
  architecture: string,
  testErrorPercent: number,
  gpuSeconds: number,
): Results['table'][number] => ({
  architecture,
  kind: 'search',
  testErrorPercent,
  parametersM: 0.071304,
  headM: 0.07057,
  cost: COST,
  gpuSeconds,
});

export const results: Results = {
  taskgrad: '0.1.0',
  preset: 'quick',
  seed: 1,
  startedAt: '2025-11-24T23:10:00.000Z',
  wallSeconds: 271.4,
  adapter: {
    kind: 'lavapipe',
    description: 'llvmpipe (LLVM 19.1.7, 256 bits)',
    software: true,
    driver: 'Mesa 25.0.7',
  },
  versions: { node: '20.19.2', webgpu: '0.6.2' },
  cutDown: [
    'tasks: the 4 of MNIST instead of all 8',
    'seeds: 2 instead of 10',
    'training images: 12 000 instead of 60 000',
    'search: 3 rounds of 4 stages instead of 10 of 20',
  ],
  tasks,
  training: tasks.flatMap(({ id }) => [training(id, 1), training(id, 2)]),
  distance: {
    network: 'NN2',
    estimator: 'empirical',
    seeds: [1, 2],
    epsilon: 1e-10,
    tasks: ['0', '1', '2', '3'],
    logdet: {
      mean: [
        [0, 0.512, 1.331, 0.874],
        [0.913, 0, 1.402, 0.6155],
        [1.764, 2.118, 0, 0.4821],
        [1.5003, 0.951, 0.203, 0],
      ],
      sd: [
        [0, 0.041, 0.112, 0.093],
        [0.064, 0, 0.151, 0.0372],
        [0.201, 0.176, 0, 0.0218],
        [0.133, 0.0874, 0.0161, 0],
      ],
      closest: [
        { task: '0', closest: '1', distance: 0.913 },
        { task: '1', closest: '0', distance: 0.512 },
        { task: '2', closest: '3', distance: 0.203 },
        { task: '3', closest: '2', distance: 0.4821 },
      ],
    },
    frechet: {
      mean: [
        [0, 0.4113, 0.533, 0.5021],
        [0.4417, 0, 0.5612, 0.4873],
        [0.6291, 0.6014, 0, 0.2517],
        [0.5873, 0.5291, 0.1942, 0],
      ],
      sd: [
        [0, 0.0131, 0.0212, 0.0163],
        [0.0174, 0, 0.0251, 0.0119],
        [0.0307, 0.0276, 0, 0.0081],
        [0.0233, 0.0184, 0.0067, 0],
      ],
      closest: [
        { task: '0', closest: '1', distance: 0.4417 },
        { task: '1', closest: '0', distance: 0.4113 },
        { task: '2', closest: '3', distance: 0.1942 },
        { task: '3', closest: '2', distance: 0.2517 },
      ],
    },
    published: publishedLogDetMeans(['0', '1', '2', '3']),
  },
  search: [
    search('FUSE task-aware', ['sep_conv_3x3', 'dil_conv_5x5', 'max_pool_3x3', 'skip_connect'], 5, 0.0357),
    search('FUSE standard', OPERATIONS, 9, 0.0391),
    search('random search', OPERATIONS, 12, 0.0418),
  ],
  unsearched: [
    {
      rule: 'drawn',
      genotype: fourNodes,
      testError: 0.0431,
      parameters: 70_901,
      headParameters: 70_570,
      training: { steps: 564, networks: 1, gpuSeconds: 6.1 },
    },
  ],
  table: [
    searchedRow('FUSE task-aware', 3.57, 41.7),
    searchedRow('FUSE standard', 3.91, 44.1),
    searchedRow('Random search', 4.18, 43.2),
    {
      architecture: 'NN2',
      testErrorPercent: 2.94,
      parametersM: 0.052138,
      gpuSeconds: 203.5,
      note: '3 epochs',
    },
    {
      architecture: 'ResNet-18',
      testErrorPercent: null,
      parametersM: null,
      gpuSeconds: null,
      published: {
        architecture: 'ResNet-18',
        testErrorPercent: 0.44,
        parametersM: 11.44,
        gpuDays: null,
        source: 'Le et al., arXiv:2103.00241',
      },
    },
  ],
};

/** The same as version 0.1.0 wrote it: without costs, heads, and what test images were read for. */
export const olderResults: Results = {
  ...results,
  unsearched: undefined,
  search: results.search.map(({ cost: _, headParameters: __, testImagesSeen: ___, ...search }) => ({
    ...search,
    evaluatedTestOnce: true,
  })),
  table: results.table.map(({ kind: _, headM: __, cost: ___, ...row }) => row),
};
