import type { TrainSettings } from './protocol';

const NAMES: Readonly<Record<keyof TrainSettings, string>> = {
  task: 'task',
  network: 'network',
  lr: 'learning rate',
  batchSize: 'batch size',
  seed: 'seed',
};
const KEYS = Object.keys(NAMES) as (keyof TrainSettings)[];

/** What of two runs' settings differs. */
export const differences = (one: TrainSettings, other: TrainSettings): (keyof TrainSettings)[] =>
  KEYS.filter((key) => one[key] !== other[key]);

/** As in 'Learning rate and seed apply to a new run'. */
export function appliesToNew(different: readonly (keyof TrainSettings)[]): string {
  const names = different.map((key) => NAMES[key]);
  const last = names.pop() ?? '';
  const all = names.length > 0 ? `${names.join(', ')} and ${last}` : last;
  return `${all.charAt(0).toUpperCase()}${all.slice(1)} ${different.length > 1 ? 'apply' : 'applies'} to a new run`;
}
