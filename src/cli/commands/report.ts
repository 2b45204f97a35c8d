import { join } from 'node:path';
import { Command } from 'commander';
import { compareWithPublished, searchedWith } from '../../report/comparison';
import { fidelityMarkdown } from '../../report/fidelity/page';
import { comparisonTable, tableText } from '../../report/table';
import { tableNotes } from '../../report/table-notes';
import { RESULTS_FILE, readResults, writeReport } from '../../report/write.node';
import { whileHeld } from '../hold';
import { example, jsonOption } from '../options';
import { print } from '../print';
import { type Reporter, reporterFor } from '../progress';
import { sayPublished } from '../said/published-tables';

interface ReportOptions {
  readonly out: string;
  readonly with?: readonly string[];
  readonly papers: boolean;
  readonly json: boolean;
}

export function reportCommand(): Command {
  return new Command('report')
    .description(
      'Draw report.html of a finished run again; print its table and the published ones with ours beside',
    )
    .option('--out <dir>', 'folder of the run', 'runs/quick')
    .option('--with <dirs...>', 'folders of other runs, for their tasks and seeds in the published tables')
    .option('--papers', 'only print, as Markdown, what is as in the papers here and what is not', false)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example(
        'taskgrad report --out runs/quick',
        'taskgrad report --out runs/mnist --with runs/cifar runs/quickdraw',
      ),
    )
    .action(report);
}

async function report(options: ReportOptions): Promise<void> {
  if (options.papers) {
    print(fidelityMarkdown().trimEnd());
    return;
  }
  const { say } = reporterFor(options);
  await whileHeld(options.out, say, () => draw(options, say));
}

async function draw({ out, with: others = [] }: ReportOptions, say: Reporter['say']): Promise<void> {
  const dirs = [...new Set([out, ...others])];
  const [results, ...more] = await Promise.all(dirs.map((dir) => readResults(join(dir, RESULTS_FILE))));
  const comparisons = compareWithPublished([results, ...more]);
  await writeReport(out, results, comparisons);
  const notes = tableNotes(results);
  const text = [tableText(comparisonTable(results.table, searchedWith(results))), ...notes].join('\n');
  say(text, { event: 'table', table: results.table, notes });
  for (const comparison of comparisons) sayPublished({ say }, comparison);
  say(`\nreport: ${join(out, 'report.html')}`, { event: 'report', path: join(out, 'report.html') });
}
