import type { DistanceKind } from '../report/distance-kind';
import { formatCount } from '../report/format';
import { mnistTasks } from '../tasks/catalogue';
import type { NetworkChoice } from './protocol';

/** What the page calls things. */

export const TASK_OPTIONS = mnistTasks.map(({ id, name }) => ({ value: id, text: capital(name) }));

export const NETWORK_OPTIONS: readonly { value: NetworkChoice; text: string }[] = [
  { value: 'smallCifarNet', text: 'Convolutional' },
  { value: 'NN2', text: 'Perceptron' },
];

/** What the page says of each distance between tasks. */
export const DISTANCES: Record<DistanceKind, { name: string; unit: string; note: string }> = {
  logdet: {
    name: 'Log-det distance',
    unit: 'nats per weight',
    note: 'Log-det: how much the information of two networks differs on the target’s images, in nats per weight. From a source task (rows) to a target (columns), with 0 on the diagonal by definition.',
  },
  frechet: {
    name: 'Fréchet distance',
    unit: '(no unit)',
    note: 'Fréchet: how far apart the weights are that two networks find important; at most 1, no unit. Networks of one task that began from other weights are far from 0, too: compare numbers with each other. From a source task (rows) to a target (columns), with 0 on the diagonal by definition.',
  },
};

export function taskName(id: string): string {
  return TASK_OPTIONS.find(({ value }) => value === id)?.text ?? `Task ${id}`;
}

/** A share in [0, 1] as percent, without the sign. */
export const percent = (share: number, digits = 1): string => (100 * share).toFixed(digits);

/** Whole numbers with thin groups of thousands. */
export const count = (value: number): string => formatCount(Math.round(value));

/** A distance in three significant places. */
export function distance(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) < 0.001 ? value.toExponential(1) : value.toPrecision(3);
}

/** Seconds in the unit that suits them. */
export function seconds(value: number): string {
  if (value < 1e-3) return `${(value * 1e6).toPrecision(3)} µs`;
  if (value < 1) return `${(value * 1e3).toPrecision(3)} ms`;
  return `${value.toPrecision(3)} s`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
