import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { PRESETS, type Settings } from '../../src/cli/presets';
import type { CommonOptions, Session } from '../../src/cli/session';

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

/**
 * Searches by preset `quick` take fewer steps in all tests of the calling file: α learns for three epochs, not a hundred,
 * and what random search and DARTS may spend falls with it.
 */
export function useShortSearches(): void {
  const { search } = PRESETS.quick;
  const published = { ...search };
  beforeAll(() => void Object.assign(search, { alphaEpochs: 3, rounds: 2, dictionaryDraws: 4 }));
  afterAll(() => void Object.assign(search, published));
}

/** What the command line makes of `--data mnist --out out`. */
export const optionsFor = (mnist: string, out: string, more: Partial<CommonOptions> = {}): CommonOptions => ({
  preset: 'quick',
  protocol: 'corrected',
  seed: 0,
  adapter: 'auto',
  resume: false,
  json: false,
  profile: false,
  out,
  data: { mnist },
  ...more,
});

/** Keeps what is said to the terminal from it; the lines of stdout since the test began. */
export function useSilence(): { readonly stdout: () => string; readonly stderr: () => string } {
  const said = { stdout: '', stderr: '' };
  beforeEach(() => {
    for (const name of ['stdout', 'stderr'] as const) {
      said[name] = '';
      vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
        said[name] += chunk;
        return true;
      });
    }
  });
  afterEach(() => vi.restoreAllMocks());
  return { stdout: () => said.stdout, stderr: () => said.stderr };
}

/** The work, with Ctrl-C pressed at the `at`-th step of the piece of work whose bar has this label. */
export const interruptedIn =
  (label: string, at: number, work: (session: Session) => Promise<void>) => (session: Session) => {
    let steps = 0;
    return work({
      ...session,
      progress: (name) => ({
        update: () => {
          if (name === label && ++steps === at) process.emit('SIGINT');
        },
        stop: () => undefined,
      }),
    });
  };
