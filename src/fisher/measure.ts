import { InterruptedError } from '../training/errors';
import type { Diagonal } from './diagonal';
import { DEFAULT_EPSILON, frechetDistance, logDetDistance } from './distance';
import { asked } from './guard';
import { shareBelow } from './share';
import { type FisherOptions, free, sideFisher } from './side-fisher';
import { type CellKey, keyOf, type Named, type Sides } from './sides';

const OP = 'distanceMatrix';

/** How far one task's networks are from another task. */
export interface Distances {
  /** Log-det distance. */
  readonly logdet: number;
  /** Fréchet distance, or its square; see `squaredFrechet`. */
  readonly frechet: number;
  /** Log-det for each of `epsilons`, in their order. */
  readonly overEpsilon: readonly number[];
  /** Share of entries below `epsilon`, the mean of the source's Fisher and the target's. */
  readonly below: number;
}

/** A distance computed: from the networks of one task to those of another, or to those of the same task. */
export interface Cell extends Distances {
  /** What the cell is known by. */
  readonly key: CellKey;
  /** Ids of the tasks. They are the same in a cell of the null. */
  readonly source: string;
  /** The task whose images both Fishers are of. */
  readonly target: string;
  /** Of the networks of each. They differ in a cell of the null. */
  readonly seeds: { readonly source: readonly number[]; readonly target: readonly number[] };
}

/** What distances are measured with. */
export interface MeasureOptions<Task extends Named> extends FisherOptions<Task> {
  /** Of `logdet` and `below`; default 1e-10. */
  readonly epsilon?: number;
  /** Of `overEpsilon`: log-det distances of the same Fishers, which cost little more; default none. */
  readonly epsilons?: readonly number[];
  /** Whether `frechet` is the square of the distance; default false. */
  readonly squaredFrechet?: boolean;
  /** Told each cell computed, those of the null, too, for saving and progress. */
  readonly onCell?: (cell: Cell) => void | Promise<void>;
  /** Cells computed earlier, by key. They are not computed again, unless `epsilons` were others in number. */
  readonly known?: Readonly<Record<string, Distances>>;
  /** Stops before the next cell. */
  readonly signal?: AbortSignal;
}

/** Distances by the keys of their sides. One Fisher of a target is compared with all of its sources. */
export async function measure<Task extends Named>(
  wanted: readonly Sides<Task>[],
  options: MeasureOptions<Task>,
): Promise<Map<CellKey, Distances>> {
  const { epsilons = [], onCell, known = {}, signal } = options;
  const networks = new Map<string, ReturnType<typeof options.networkOf>>();
  const networkOf: typeof options.networkOf = (task, seed) => {
    const key = `${seed}/${task.id}`;
    const network = networks.get(key) ?? asked(OP, 'networkOf', options.networkOf(task, seed));
    networks.set(key, network);
    return network;
  };
  const found = new Map<CellKey, Distances>();
  for (const sharing of byTarget(wanted)) {
    let own: Diagonal | undefined;
    try {
      for (const sides of sharing) {
        const { source, target } = sides;
        const key = keyOf(sides);
        if (Object.hasOwn(known, key) && known[key].overEpsilon.length === epsilons.length) {
          found.set(key, known[key]);
          continue;
        }
        if (signal?.aborted) throw new InterruptedError();
        const data = await asked(OP, 'dataOf', options.dataOf(target.task));
        own ??= await sideFisher(target, data, true, { ...options, networkOf });
        const other = await sideFisher(source, data, false, { ...options, networkOf });
        try {
          const distances = await distancesBetween(other, own, options);
          found.set(key, distances);
          const seeds = { source: source.seeds, target: target.seeds };
          await onCell?.({ key, source: source.task.id, target: target.task.id, seeds, ...distances });
        } finally {
          free(other);
        }
      }
    } finally {
      if (own) free(own);
    }
  }
  return found;
}

function byTarget<Task extends Named>(all: readonly Sides<Task>[]): Iterable<Sides<Task>[]> {
  const groups = new Map<string, Sides<Task>[]>();
  for (const sides of all) {
    const key = keyOf({ source: sides.target, target: sides.target });
    groups.set(key, [...(groups.get(key) ?? []), sides]);
  }
  return groups.values();
}

/** Distances between two normalised Fishers, the source's and the target's. */
export async function distancesBetween(
  Fs: Diagonal,
  Ft: Diagonal,
  {
    epsilon = DEFAULT_EPSILON,
    epsilons = [],
    squaredFrechet,
  }: Pick<MeasureOptions<Named>, 'epsilon' | 'epsilons' | 'squaredFrechet'>,
): Promise<Distances> {
  const logdet = await logDetDistance(Fs, Ft, { epsilon });
  const frechet = await frechetDistance(Fs, Ft, { squared: squaredFrechet });
  const overEpsilon: number[] = [];
  for (const other of epsilons) overEpsilon.push(await logDetDistance(Fs, Ft, { epsilon: other }));
  const below = ((await shareBelow(Fs, epsilon)) + (await shareBelow(Ft, epsilon))) / 2;
  return { logdet, frechet, overEpsilon, below };
}
