import type { CommonOptions } from '../../src/cli/common-options';
import type { Settings } from '../../src/experiment/settings/presets';

/** A run of everything in a few seconds. */
export const TINY = {
  tasks: ['0', '3'],
  seeds: 1,
  training: { network: 'smallCifarNet', width: 0.125, images: 60, epochs: 2, batchSize: 16, lr: 2e-3 },
  fisher: {
    estimator: 'empirical',
    head: 'matched',
    epsilon: 1e-10,
    average: false,
    images: 'held-out',
    count: 20,
    batchSize: 10,
  },
  search: {
    methods: ['FUSE task-aware', 'FUSE standard', 'random search', 'DARTS', 'FUSE random-space'],
    target: '3',
    nodes: 3,
    channels: 1,
    candidates: 2,
    rounds: 2,
    stages: 1,
    weightEpochs: 1,
    alphaEpochs: 1,
    alphaLr: 1e-2,
    budget: 'epochs',
    batchSize: 16,
    images: 64,
    validation: 0.25,
    dictionaryDraws: 2,
  },
  final: { images: 60, epochs: 2, batchSize: 16, lr: 2e-3 },
  unsearched: 2,
  baselines: [{ network: 'smallCifarNet', width: 0.25 }],
} satisfies Partial<Settings>;

/** What the command line makes of `--data mnist --out out`. */
export const optionsFor = (mnist: string, out: string, more: Partial<CommonOptions> = {}): CommonOptions => ({
  preset: 'quick',
  protocol: 'corrected',
  seed: 0,
  adapter: 'auto',
  json: false,
  profile: false,
  out,
  data: { mnist },
  ...more,
});
