import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import type { Settings } from '../../src/cli/presets';
import { type CommonOptions, type Session, withSession } from '../../src/cli/session';
import { writeDigits } from './digits';

/** A run of everything in a few seconds. */
export const TINY: Partial<Settings> = {
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
};

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

/** A session by a protocol over a few digits, which are written into the folder. */
export async function sessionBy(
  protocol: CommonOptions['protocol'],
  folder: string,
  work: (session: Session) => Promise<void> = async () => undefined,
  more: Partial<CommonOptions> = {},
  needed?: readonly string[],
): Promise<void> {
  const data = join(folder, 'data');
  await writeDigits(data);
  const options = optionsFor(data, join(folder, 'out'), { protocol, ...more });
  await withSession(options, {}, work, ({ tasks }) => needed ?? tasks);
}

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
