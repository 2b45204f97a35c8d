/** Anything that an id tells from the other tasks. */
export interface Named {
  /** As in '3'; the same for the same task. */
  readonly id: string;
}

/** Networks of one task under some seeds. Their normalised Fishers are averaged. */
export interface Side<Task extends Named> {
  readonly task: Task;
  readonly seeds: readonly number[];
}

/** What a distance is between. Both Fishers are over the target task's data. */
export interface Sides<Task extends Named> {
  readonly source: Side<Task>;
  readonly target: Side<Task>;
}

/**
 * What a cell is known by: 'seeds/source/target', with the tasks' ids. Seeds are those of both sides, as '0', or '0+1+2' where
 * Fishers are averaged over them. For the null the target's and the source's differ: '0<1/task/task', '0+1<2+3/task/task'.
 */
export type CellKey = `${string}/${string}/${string}`;

export function keyOf<Task extends Named>({ source, target }: Sides<Task>): CellKey {
  const [own, other] = [target.seeds.join('+'), source.seeds.join('+')];
  return `${own === other ? own : `${own}<${other}`}/${source.task.id}/${target.task.id}`;
}

type Seeds = readonly number[];

/** Seeds of each matrix, and those of the target and the source of each null. */
export interface SeedPlan {
  readonly matrices: readonly Seeds[];
  readonly nulls: readonly (readonly [target: Seeds, source: Seeds])[];
}

/**
 * One matrix a seed, with nulls between each seed and the next, cyclically; two seeds are one pair. Averaged, one matrix of all
 * seeds, with the null between their halves.
 */
export function planSeeds(seeds: Seeds, average: boolean): SeedPlan {
  if (average) {
    const half = Math.ceil(seeds.length / 2);
    const halves = [seeds.slice(0, half), seeds.slice(half)] as const;
    return { matrices: [seeds], nulls: seeds.length > 1 ? [halves] : [] };
  }
  const pairs = seeds.map((seed, i) => [[seed], [seeds[(i + 1) % seeds.length]]] as const);
  return {
    matrices: seeds.map((seed) => [seed]),
    nulls: seeds.length > 2 ? pairs : pairs.slice(0, seeds.length - 1),
  };
}
