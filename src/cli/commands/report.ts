import { join } from 'node:path';
import { Command } from 'commander';
import { comparisonTable, tableText } from '../../report/table';
import { RESULTS_FILE, readResults, writeReport } from '../../report/write.node';
import { example, jsonOption } from '../options';
import { reporterFor } from '../progress';

export function reportCommand(): Command {
  return new Command('report')
    .description('Draw report.html again from the results.json of a finished run, and print its table')
    .option('--out <dir>', 'folder of the run', 'runs/quick')
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad report --out runs/quick'))
    .action(async ({ out, json }: { out: string; json: boolean }) => {
      const results = await readResults(join(out, RESULTS_FILE));
      await writeReport(out, results);
      const { say } = reporterFor({ json });
      say(tableText(comparisonTable(results.table)), { event: 'table', table: results.table });
      say(`report: ${join(out, 'report.html')}`, { event: 'report', path: join(out, 'report.html') });
    });
}
