import { foldGroups } from '../../runtime/recorder';
import { evaluator, type Values } from '../../runtime/wgsl/expression';
import type { WgslModule } from '../../runtime/wgsl/scan';
import { KernelError } from './errors';

/** [x, y, z] */
export type Triple = readonly [number, number, number];

/** How many threads run, and in which groups. */
export interface Grid {
  /** Threads of a workgroup. */
  readonly workgroup: Triple;
  /** Workgroups. */
  readonly groups: Triple;
}

/** What is asked of it: at most one of the two. */
export interface GridOptions {
  /** Number of workgroups in each dimension. */
  readonly groups?: readonly number[];
  /** One number: threads in all, over the size of a group. More: threads in each dimension. */
  readonly threads?: readonly number[];
}

/** @throws KernelError if there is no such compute entry point, or several and none was named */
export function entryOf({ entries }: WgslModule, wanted: string | undefined): string {
  const names = [...entries.keys()];
  if (names.length === 0) throw new KernelError('the file has no entry point: a function with @compute');
  if (wanted === undefined && names.length > 1)
    throw new KernelError(
      (option) => `the file has several entry points; pick one: ${option('entry')} ${names.join(' | ')}`,
    );
  const entry = wanted ?? names[0];
  if (!names.includes(entry))
    throw new KernelError(`the file has no compute entry point '${entry}'; it has ${names.join(', ')}`);
  return entry;
}

/**
 * @param elements threads to run if nothing is asked: one for each element of the first output
 * @throws KernelError on more groups than the adapter takes in a dimension
 */
export function gridOf(
  module: WgslModule,
  entry: string,
  values: Values,
  options: GridOptions,
  elements: number,
  mostGroups: number,
): Grid {
  const sizes = (module.entries.get(entry) ?? []).map(evaluator(module, values));
  const workgroup: Triple = [sizes[0] ?? 1, sizes[1] ?? 1, sizes[2] ?? 1];
  if (!workgroup.every((size) => Number.isInteger(size) && size >= 1))
    throw new KernelError(`@workgroup_size(${workgroup.join(', ')}) is not of whole numbers from 1`);
  return { workgroup, groups: groupsOf(workgroup, options, elements, mostGroups) };
}

function groupsOf(workgroup: Triple, options: GridOptions, elements: number, most: number): Triple {
  const { groups, threads = [elements] } = options;
  if (!groups && threads.length === 1) {
    const flat = Math.ceil(threads[0] / (workgroup[0] * workgroup[1] * workgroup[2]));
    return [...foldGroups(flat, most), 1];
  }
  const asked = groups ?? threads.map((count, i) => Math.ceil(count / workgroup[i]));
  if (asked.some((count) => count > most)) {
    throw new KernelError(
      `${asked.join(' × ')} workgroups are more than this adapter takes, ${most} in each dimension`,
    );
  }
  return [asked[0], asked[1] ?? 1, asked[2] ?? 1];
}
