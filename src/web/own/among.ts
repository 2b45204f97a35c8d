import { closestTask } from '../../fisher/closest';
import type { DistanceKind } from '../../report/distance-kind';
import { mnistTasks } from '../../tasks/catalogue';
import { taskName } from '../words';
import { OWN_TASK } from './protocol';
import type { OwnState } from './state';

/** MNIST's tasks, and last that of own pictures. */
const IDS = [...mnistTasks.map(({ id }) => id), OWN_TASK];
export const OWN_PLACE = IDS.length - 1;
export const TASK_NAMES = [...mnistTasks.map(({ id }) => taskName(id)), 'Your pictures'];

/** Distances between own pictures and MNIST's tasks, [source][target], once they are all there. */
export function distancesOf({ distances }: OwnState, kind: DistanceKind = 'logdet'): number[][] | undefined {
  if (!distances || distances.cells.length < distances.total) return undefined;
  const { cells } = distances;
  const at = (source: string, target: string) =>
    cells.find((cell) => cell.source === source && cell.target === target)?.[kind] ?? 0;
  return IDS.map((source) => IDS.map((target) => at(source, target)));
}

/** Id of MNIST's task from which the own pictures are least far. */
export const closestOf = (distances: readonly (readonly number[])[]): string =>
  IDS[closestTask(distances, OWN_PLACE)];
