import * as z from 'zod';
import { formatPercent } from '../format';
import { columns, NOTHING, type TextTable } from '../table';
import { endsSchema } from './arms';
import { formatPointEnds } from './points';

const share = z.number().min(0).max(1);

/** What was found on a table of cells whose errors are all known. */
export const studyTableSchema = z.strictObject({
  /** What the table is called. */
  name: z.string().min(1).optional(),
  /** Which of its tasks. */
  task: z.string().min(1).optional(),
  cells: z.int().positive(),
  /** Cells that a search may ask for. */
  queries: z.int().positive().optional(),
  /** Kendall's τ of a score and the accuracy from scratch, over the cells, by the score's name. */
  tau: z.record(z.string(), z.number().min(-1).max(1)),
  /** How far what a method finds is from the best cell, as a share of test images. */
  regret: z.record(z.string(), z.strictObject({ mean: share, ci: endsSchema.nullable() })),
});
export type StudyTable = z.infer<typeof studyTableSchema>;

/** What methods find on a table, the best first. */
export const regretTable = ({ regret }: StudyTable): TextTable => ({
  columns: columns('Method on the table', '#Below the best, points', '#95 % interval'),
  rows: Object.entries(regret)
    .sort(([, a], [, b]) => a.mean - b.mean)
    .map(([method, { mean, ci }]) => [method, formatPercent(mean), ci ? formatPointEnds(ci) : NOTHING]),
});

/** What the table is, and how scores order its cells. */
export function tableNote({ name, task, cells, queries, tau }: StudyTable): string {
  const scores = Object.entries(tau).map(([score, value]) => `${score} ${value.toFixed(2)}`);
  return [
    `Table${name === undefined ? '' : ` ${name}`}: ${cells} cells${task === undefined ? '' : `, task ${task}`}.`,
    ...(queries === undefined ? [] : [`A search asks for ${queries} of them; means over 500 replays.`]),
    ...(scores.length > 0 ? [`Kendall’s τ with the test accuracy: ${scores.join(', ')}.`] : []),
  ].join(' ');
}
