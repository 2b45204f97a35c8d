import type { StudyRun } from '../../../src/report/study/run';
import type { StudyFacts } from '../../../src/report/study/study';

/** Runs of one method in the standard space, a seed each, with errors in images of a thousand. */
export const runsOf = (method: string, errors: readonly number[], task = '3'): StudyRun[] =>
  errors.map((error, seed) => ({
    method,
    space: 'standard',
    task,
    seed,
    testError: error / 1000,
    parameters: 70_000 + 1_000 * seed,
    gpuSeconds: 40 + seed,
    curve: [],
  }));

export const factsOf = (...runs: readonly StudyRun[]): StudyFacts => ({
  adapter: { kind: 'lavapipe', description: 'a software adapter', software: true },
  tasks: [{ id: '3', name: 'all <digits>' }],
  runs: [...runs],
});

/** The second is worse by 1 to 6 images with every seed; the third is now better, now worse than the first. */
export const FUSE = runsOf('FUSE', [20, 22, 24, 26, 28, 30]);
export const DARTS = runsOf('DARTS', [21, 24, 27, 30, 33, 36]);
export const RANDOM = runsOf('random search', [21, 20, 24, 29, 24, 35]);
