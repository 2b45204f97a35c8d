import { join } from 'node:path';
import { readJson } from '../../data/files.node';
import { tablePlan } from '../../experiment/plans/table.node';
import { SMALL_BUDGET, type TableBudget, tableBudgetSchema } from '../../experiment/settings/table-budget';
import { writeTable } from '../../nas/table/file.node';
import { Table } from '../../nas/table/table';
import type { CommonOptions } from '../common-options';
import { withExperiment } from '../experiment';
import { checkKnown, taskIds } from '../tasks';
import { describeTable } from './describe';

export interface BuildOptions extends CommonOptions {
  readonly task: string;
  readonly nodes: '3' | '4';
  readonly seeds: number;
  readonly repeated: number;
  readonly networks?: number;
  /** Path of a budget as JSON. */
  readonly budget?: string;
  /** Path of the table. */
  readonly table?: string;
}

/** `taskgrad table build`: trains the cells of a space for one task, and writes what they reach. */
export async function buildTable({
  task,
  nodes,
  seeds,
  repeated,
  networks,
  budget: file,
  table: path,
  ...common
}: BuildOptions): Promise<void> {
  const [id] = taskIds([task]);
  checkKnown([id], common.tasksFile);
  const budget: TableBudget = file === undefined ? SMALL_BUDGET : await readJson(file, tableBudgetSchema);
  const needed = () => [id];
  await withExperiment(
    common,
    {},
    async (experiment) => {
      const order = { target: experiment.task(id), nodes: nodes === '3' ? 3 : 4, budget } as const;
      const place = path ?? join(experiment.out, 'table.json.gz');
      await tablePlan(experiment, { ...order, networks, repeated, seeds }, async (data) => {
        await writeTable(place, data);
        experiment.say(`the table is in ${place}`, { event: 'table', file: place });
        describeTable(experiment.say, new Table(data), { task: id, split: 'test' });
      });
    },
    { needed },
  );
}
