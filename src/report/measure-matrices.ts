import * as z from 'zod';
import { closestRows } from './closest';
import { FISHER_IMAGES } from './distance-kind';
import { MEASURES, type Nearness, type NearnessName } from './measures';
import { adapterSchema, closestSchema } from './results';
import { spreadOf, spreadSchema } from './statistics/spread';

const id = z.string().min(1);

/** Measures of one source and target by their names; those without a number there are left out. */
export type MeasureValues = Readonly<Record<string, number>>;

/** [source][target], in the order of the tasks; null where a measure has no number under any seed. */
const cells = z.array(z.array(spreadSchema.nullable()));

const matrixSchema = z.strictObject({
  name: id,
  title: id,
  first: z.enum(['least', 'most']),
  /** What it is computed from, in words. */
  needs: id,
  source: id,
  /** Mean and standard deviation over the seeds; on the diagonal what a task's own network gives. */
  cells,
  /** What a task's own network of other first weights gives, one a task; null where there is none. */
  nulls: z.array(spreadSchema.nullable()),
  /** The nearest source of each target by the means. */
  closest: z.array(closestSchema),
});
export type MeasureMatrix = z.infer<typeof matrixSchema>;

const factsShape = {
  adapter: adapterSchema,
  /** Network of the tasks, with its width. */
  network: id,
  /** Task whose networks are the probes of Task2Vec, where that is among the measures. */
  probe: id.optional(),
  /** Which images of a target everything is computed on. */
  images: z.enum(FISHER_IMAGES),
  seeds: z.array(z.int().nonnegative()).min(1),
  tasks: z.array(z.strictObject({ id, name: id, dataset: id })).min(2),
};

/** All that measures.json says. */
export const measuresSchema = z.strictObject({ ...factsShape, measures: z.array(matrixSchema).min(1) });
export type Measures = z.infer<typeof measuresSchema>;

interface Cell {
  readonly source: string;
  readonly target: string;
  readonly seed: number;
  readonly values: MeasureValues;
}

/** What was found of every pair and seed. */
export interface MeasureFacts extends Omit<Measures, 'measures'> {
  readonly names: readonly NearnessName[];
  readonly cells: readonly Cell[];
  /** Of tasks beside themselves. */
  readonly nulls: readonly Cell[];
}

/** The matrices of what was found. */
export function measuresOf({ names, cells, nulls, ...facts }: MeasureFacts): Measures {
  const records = MEASURES.filter(({ name }) => names.includes(name));
  const ids = facts.tasks.map((task) => task.id);
  return { ...facts, measures: records.map((record) => matrixOf(record, ids, facts.seeds, cells, nulls)) };
}

function matrixOf(
  record: Nearness,
  ids: readonly string[],
  seeds: readonly number[],
  found: readonly Cell[],
  nulls: readonly Cell[],
): MeasureMatrix {
  const valuesOf = (some: readonly Cell[], isOf: (cell: Cell) => boolean): number[] =>
    some.filter(isOf).flatMap(({ values }) => values[record.name] ?? []);
  const spread = (values: readonly number[]) => (values.length > 0 ? spreadOf(values) : null);
  const cells = ids.map((source) =>
    ids.map((target) => spread(valuesOf(found, (cell) => cell.source === source && cell.target === target))),
  );
  // Far is above near, and what has no number is farthest.
  const sign = record.first === 'least' ? 1 : -1;
  const far = (value: number | undefined) => (value === undefined ? Number.POSITIVE_INFINITY : sign * value);
  const perSeed = seeds.map((seed) =>
    ids.map((source) =>
      ids.map((target) =>
        far(
          valuesOf(
            found,
            (cell) => cell.seed === seed && cell.source === source && cell.target === target,
          ).at(0),
        ),
      ),
    ),
  );
  const closest = closestRows(
    ids,
    cells.map((row) => row.map((cell) => far(cell?.mean))),
    perSeed,
  );
  return {
    ...record,
    cells,
    nulls: ids.map((task) => spread(valuesOf(nulls, ({ target }) => target === task))),
    closest: closest
      .filter(({ distance }) => Number.isFinite(distance))
      .map((row) => ({ ...row, distance: sign * row.distance })),
  };
}

/**
 * Whether a source is as near to the target as the target's own network of other first weights is: then the measure does not
 * tell the two tasks apart.
 */
export function isAtOwn({ first, nulls, cells }: MeasureMatrix, source: number, target: number): boolean {
  const [cell, own] = [cells[source][target], nulls[target]];
  if (!cell || !own || source === target) return false;
  return first === 'least' ? cell.mean <= own.mean + own.sd : cell.mean >= own.mean - own.sd;
}
