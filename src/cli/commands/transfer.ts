import { join } from 'node:path';
import { Command } from 'commander';
import { writeFileAtomic } from '../../data/files.node';
import { DISTANCE_KINDS } from '../../report/distance-kind';
import { tableText } from '../../report/table';
import { type Transfer, transferSchema } from '../../report/transfer';
import { transferSvg } from '../../report/transfer-picture';
import { correlationLines, pairTable, targetTable } from '../../report/transfer-table';
import { example, type MatrixOptions, matrixOverride, wholeNumber, withMatrixOptions } from '../options';
import { type CommonOptions, type Session, withSession } from '../session';
import { computeDistances, sayDistances, trainAll } from '../stages/distances';
import { type FewShot, measureTransfer } from '../stages/transfers';

const MOST_SAMPLES = 1_000_000;
const MOST_EPOCHS = 100_000;

type TransferOptions = CommonOptions & MatrixOptions & FewShot;

export function transferCommand(): Command {
  return withMatrixOptions(new Command('transfer'))
    .description(
      'Check whether distance predicts transfer: fine-tune every task’s network on every other task with few samples, ' +
        'and correlate the accuracy gained with the distance; trains and measures what is missing',
    )
    .option('--samples <n>', 'training images of the target', wholeNumber(2, MOST_SAMPLES), 100)
    .option('--epochs <n>', 'epochs of the fine-tuning', wholeNumber(1, MOST_EPOCHS), 30)
    .addHelpText(
      'after',
      example(
        'taskgrad transfer --preset quick --samples 100 --out runs/transfer',
        'taskgrad transfer --resume --samples 500 --out runs/transfer   # the same networks, more samples',
      ),
    )
    .action(({ samples, epochs, ...common }: TransferOptions) =>
      withSession(common, matrixOverride(common), (session) => transfer(session, { samples, epochs })),
    );
}

/** Networks, distances and fine-tuning in one session, with table, file and pictures of them. */
export async function transfer(session: Session, few: FewShot): Promise<void> {
  await trainAll(session);
  const distance = await computeDistances(session);
  sayDistances(session, distance);
  const measured = await measureTransfer(session, distance, few);
  sayTransfer(session, measured);
  await writeTransfer(session, measured);
}

function sayTransfer({ say }: Session, transfer: Transfer): void {
  const { samples, epochs, seeds, runs: _, ...summary } = transfer;
  const text = [
    `fine-tuned on ${samples} samples for ${epochs} epochs, mean ± sd over ${seeds.length} seeds:`,
    tableText(pairTable(transfer)),
    '',
    'accuracy from scratch, and the sources of each target:',
    tableText(targetTable(transfer)),
  ];
  say(text.join('\n'), { event: 'transferred', samples, epochs, seeds, ...summary });
  for (const line of correlationLines(transfer)) say(line);
}

async function writeTransfer({ out, say }: Session, transfer: Transfer): Promise<void> {
  const checked = transferSchema.parse(transfer);
  await writeFileAtomic(join(out, 'transfer.json'), `${JSON.stringify(checked, null, 2)}\n`);
  for (const kind of DISTANCE_KINDS) {
    await writeFileAtomic(join(out, `transfer-${kind}.svg`), `${transferSvg(checked, kind)}\n`);
  }
  say(`transfer.json, transfer-logdet.svg and transfer-frechet.svg are in ${out}`);
}
