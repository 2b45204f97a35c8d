import { distanceTable } from '../../report/distance-table';
import type { Measures } from '../../report/measure-matrices';
import { measureNote, measureTable, nearestTable } from '../../report/measure-section';
import type { Distance } from '../../report/results';
import { tableText } from '../../report/table';
import type { CliExperiment } from '../experiment';

/** Prints the matrix of every task measure, what it needs, and which source is the nearest by each. */
export function sayMeasures({ say }: Pick<CliExperiment, 'say'>, measures: Measures): void {
  for (const matrix of measures.measures) {
    const over = `mean ± sd over ${measures.seeds.length} ${measures.seeds.length === 1 ? 'seed' : 'seeds'}`;
    const text = [
      `${matrix.title}, ${over}:`,
      tableText(measureTable(measures, matrix)),
      measureNote(matrix),
    ];
    say(`${text.join('\n')}\n`, { event: 'measure', ...matrix });
  }
  if (measures.probe) say(`the probe of Task2Vec is the network of task ${measures.probe}, one a seed`);
  say(`the nearest source of each target:\n${tableText(nearestTable(measures))}`);
}

/** Prints the matrix of Fréchet distances, which those of log-det bring along. */
export function sayFrechet({ say, task }: Pick<CliExperiment, 'say' | 'task'>, distance: Distance): void {
  const table = tableText(distanceTable(distance, (id) => task(id).name, 'frechet'));
  say(`Fréchet distances:\n${table}`);
}
