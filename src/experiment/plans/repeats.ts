import type { Experiment } from './experiment.node';

/**
 * The experiment of a repeat. All but the first have networks and distances of their own, from seeds that no other repeat
 * has: what a space is drawn from is part of the spread over repeats.
 */
export function repeatOf(experiment: Experiment, repeat: number): Experiment {
  if (repeat === 0) return experiment;
  const { settings, inputs } = experiment;
  const seed = settings.seed + repeat * settings.seeds;
  return {
    ...experiment,
    settings: { ...settings, seed },
    inputs: (task) => ({ ...inputs(task), testSeed: seed }),
  };
}
