import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type FewShot, transferPlan } from '../../experiment/plans/transfer.node';
import { tableText } from '../../report/table';
import type { Transfer } from '../../report/transfer';
import { writeTransfer } from '../../report/transfer-file.node';
import {
  GIVEN_TARGET_NOTE,
  givenTargetTable,
  nullNote,
  pairTable,
  predictorNote,
  predictorTable,
  targetTable,
} from '../../report/transfer-table';
import { RESULTS_FILE } from '../../report/write.node';
import type { CommonOptions } from '../common-options';
import { type CliExperiment, withExperiment } from '../experiment';
import { example, type MatrixOptions, matrixOverride, wholeNumber, withMatrixOptions } from '../options';

const MOST_SAMPLES = 1_000_000;
const MOST_EPOCHS = 100_000;

type TransferOptions = CommonOptions & MatrixOptions & FewShot;

export function transferCommand(): Command {
  return withMatrixOptions(new Command('transfer'))
    .description(
      'Check whether distance predicts transfer: fine-tune every task’s network on every other task with few samples, ' +
        'and correlate the accuracy gained with the distance, beside trivial predictors; with intervals and a ' +
        'permutation test over tasks. Trains and measures what is missing; writes transfer.json and transfer.html, ' +
        'which taskgrad report takes into report.html',
    )
    .option('--samples <n>', 'training images of the target', wholeNumber(2, MOST_SAMPLES), 100)
    .option('--epochs <n>', 'epochs of the fine-tuning', wholeNumber(1, MOST_EPOCHS), 30)
    .addHelpText(
      'after',
      example(
        'taskgrad transfer --preset quick --samples 100 --out runs/transfer',
        'taskgrad transfer --samples 500 --out runs/transfer   # the same networks, more samples',
        'taskgrad transfer --tasks-file own.json --tasks 0 1 2 3 odd low   # from six tasks on, chance can be told',
      ),
    )
    .action(({ samples, epochs, ...common }: TransferOptions) =>
      withExperiment(common, matrixOverride(common), (experiment) =>
        transfer(experiment, { samples, epochs }),
      ),
    );
}

/** Networks, distances and fine-tuning, with table, file, page and pictures of them. */
export async function transfer(experiment: CliExperiment, few: FewShot): Promise<void> {
  const found = await transferPlan(experiment, few);
  sayTransfer(experiment, found);
  const { out, say } = experiment;
  const names = await writeTransfer(out, found);
  say(`${names.join(', ')} are in ${out}`);
  if (existsSync(join(out, RESULTS_FILE)))
    say(`to have them in report.html, too: taskgrad report --out ${out}`);
}

function sayTransfer({ say }: CliExperiment, transfer: Transfer): void {
  const { samples, epochs, seeds, verdict, runs: _, ...summary } = transfer;
  const text = [
    `fine-tuned on ${samples} samples for ${epochs} epochs, mean ± sd over ${seeds.length} seeds:`,
    tableText(pairTable(transfer)),
    '',
    'accuracy from scratch, and the sources of each target:',
    tableText(targetTable(transfer)),
    nullNote(transfer) ?? '',
    'does distance predict transfer?',
    tableText(predictorTable(transfer)),
    predictorNote(transfer),
    '',
    'which source for a given target?',
    tableText(givenTargetTable(transfer)),
    GIVEN_TARGET_NOTE,
    '',
    ...verdict,
  ];
  say(text.join('\n'), { event: 'transferred', samples, epochs, seeds, verdict, ...summary });
}
