import { readFindings, writeFindings } from './findings.node';
import { type Transfer, transferFileSchema, transferSchema } from './transfer';
import { transferFigures, transferHtml } from './transfer-section';

const NAME = 'transfer';

/** Writes transfer.json, transfer.html and every picture as an SVG of its own into a folder. Returns their names. */
export function writeTransfer(dir: string, transfer: Transfer): Promise<string[]> {
  const found = transferSchema.parse(transfer);
  return writeFindings(dir, {
    name: NAME,
    found,
    figures: transferFigures(found),
    page: transferHtml(found),
  });
}

/** The transfer check in a folder, or null if there is none. @throws DataError if it is of another form */
export const readTransfer = (dir: string): Promise<Transfer | null> =>
  readFindings(dir, NAME, transferFileSchema);
