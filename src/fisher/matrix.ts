import {
  aFlag,
  aFunction,
  aNumber,
  checkArgument,
  options as fields,
  numbers,
  oneOf,
  optional,
} from '../tensor/guard';
import { taskList } from './guard';
import { HEAD_RULES } from './head';
import { TOKEN_LOSSES } from './losses';
import { type Distances, type MeasureOptions, measure } from './measure';
import { keyOf, type Named, planSeeds, type Sides } from './sides';
import { meanOf, type Spread, type Summary, spreadOf, summarise } from './summary';

/** Options of `distanceMatrix`. */
export interface MatrixOptions<Task extends Named> extends MeasureOptions<Task> {
  /** Rows and columns of the matrices, in this order. */
  readonly tasks: readonly Task[];
  /**
   * One matrix each. Where all networks of a seed begin from the same weights, as those of `taskgrad distance` do, its distances
   * are paired: tasks differ, the beginning does not.
   */
  readonly seeds: readonly number[];
  /** Whether Fishers are averaged over the seeds before they are compared: one matrix, and a steadier one. Default false. */
  readonly average?: boolean;
}

/** What is known of all distances between some tasks. */
export interface DistanceMatrix {
  /** Log-det distances. */
  readonly logdet: Summary;
  /** Fréchet distances. */
  readonly frechet: Summary;
  /** Share of entries below `epsilon`, the mean over all cells. */
  readonly below: number;
  /** Log-det distances for each of `epsilons`. */
  readonly overEpsilon: readonly { readonly epsilon: number; readonly logdet: Summary }[];
  /** For each task how far its networks of other seeds are from its own, in the order of the tasks; null for one seed. */
  readonly nulls: {
    readonly logdet: readonly (Spread | null)[];
    readonly frechet: readonly (Spread | null)[];
    readonly overEpsilon: readonly {
      readonly epsilon: number;
      readonly logdet: readonly (Spread | null)[];
    }[];
  };
}

/**
 * Distances between tasks: for each seed from every source to every target, with the Fisher of the source's network
 * and that of the target's own, both on the target's data, both normalised; 0 from a task to itself. `head` says how heads
 * of different tasks are compared.
 *
 * The null of a task is the distance between its own networks of two seeds, over pairs of a seed and the next one,
 * cyclically. It is what first weights alone make: a distance that is not above it says nothing about tasks. Where Fishers
 * are averaged, it is between the two halves of the seeds, and so a little more than that of averages over all of them.
 * @throws InterruptedError when `signal` was aborted; what `diagonal`, `matchHead` and the distances throw
 * @example
 * ```ts
 * const pairs = { id: 'pairs', classes: 2 };
 * const triples = { id: 'triples', classes: 3 };
 * const inputs = gpu.randn([32, 4], { seed: 1 });
 * const labelsOf = (classes: number) => gpu.tensor(Int32Array.from({ length: 32 }, (_, n) => n % classes));
 * const { logdet, nulls } = await fisher.distanceMatrix({
 *   tasks: [pairs, triples],
 *   seeds: [0, 1],
 *   networkOf: async ({ classes }, seed) => {
 *     gpu.manualSeed(seed);
 *     return new nn.Linear(gpu, 4, classes); // trained on the task, in earnest
 *   },
 *   dataOf: ({ classes }) => ({ batches: () => [{ inputs, labels: labelsOf(classes) }], classes }),
 * });
 * logdet.mean.map((row) => row.length); // → [2, 2]
 * logdet.mean[0][0]; // → 0
 * nulls.logdet.length; // → 2
 * ```
 */
export async function distanceMatrix<Task extends Named>(
  options: MatrixOptions<Task>,
): Promise<DistanceMatrix> {
  checkArgument('distanceMatrix', 'options', options, matrixOptions);
  const { tasks, seeds, average = false, epsilons = [] } = options;
  const plan = planSeeds(seeds, average);
  const between = plan.matrices.flatMap((seeds) =>
    tasks.flatMap((target) => tasks.map((source) => sidesOf(source, target, seeds, seeds))),
  );
  const nulls = tasks.map((task) => plan.nulls.map(([own, other]) => sidesOf(task, task, other, own)));
  const wanted = between.filter(({ source, target }) => source.task !== target.task);
  const found = await measure([...wanted, ...nulls.flat()], options);

  const self: Distances = { logdet: 0, frechet: 0, overEpsilon: epsilons.map(() => 0), below: 0 };
  const at = (sides: Sides<Task>): Distances => found.get(keyOf(sides)) ?? self;
  type Pick = (distances: Distances) => number;
  const summary = (pick: Pick): Summary =>
    summarise(
      plan.matrices.map((seeds) =>
        tasks.map((source) => tasks.map((target) => pick(at(sidesOf(source, target, seeds, seeds))))),
      ),
    );
  const spreads = (pick: Pick) => nulls.map((pairs) => spreadOf(pairs.map((sides) => pick(at(sides)))));
  const overEpsilon = <T>(of: (pick: Pick) => T): { epsilon: number; logdet: T }[] =>
    epsilons.map((epsilon, i) => ({ epsilon, logdet: of(({ overEpsilon }) => overEpsilon[i]) }));
  const [logdet, frechet]: Pick[] = [({ logdet }) => logdet, ({ frechet }) => frechet];
  return {
    logdet: summary(logdet),
    frechet: summary(frechet),
    below: meanOf(wanted.map((sides) => at(sides).below)),
    overEpsilon: overEpsilon(summary),
    nulls: { logdet: spreads(logdet), frechet: spreads(frechet), overEpsilon: overEpsilon(spreads) },
  };
}

const sidesOf = <Task extends Named>(
  source: Task,
  target: Task,
  ofSource: readonly number[],
  ofTarget: readonly number[],
): Sides<Task> => ({ source: { task: source, seeds: ofSource }, target: { task: target, seeds: ofTarget } });

const matrixOptions = fields({
  tasks: taskList,
  seeds: numbers,
  networkOf: aFunction,
  dataOf: aFunction,
  head: optional(oneOf(...HEAD_RULES)),
  epsilon: optional(aNumber),
  epsilons: optional(numbers),
  average: optional(aFlag),
  squaredFrechet: optional(aFlag),
  tokens: optional(oneOf(...TOKEN_LOSSES)),
});
