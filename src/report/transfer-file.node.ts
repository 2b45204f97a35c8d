import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '../data/files.node';
import { type Transfer, transferFileSchema, transferSchema } from './transfer';
import { transferFigures, transferHtml } from './transfer-section';

const TRANSFER_FILE = 'transfer.json';

/** Writes transfer.json, transfer.html and every picture as an SVG of its own into a folder. Returns their names. */
export async function writeTransfer(dir: string, transfer: Transfer): Promise<string[]> {
  const checked = transferSchema.parse(transfer);
  const files: [name: string, content: string][] = [
    [TRANSFER_FILE, `${JSON.stringify(checked, null, 2)}\n`],
    ...transferFigures(checked).map(({ name, svg }): [string, string] => [`${name}.svg`, `${svg}\n`]),
    ['transfer.html', transferHtml(checked)],
  ];
  for (const [name, content] of files) await writeFileAtomic(join(dir, name), content);
  return files.map(([name]) => name);
}

/** The transfer check in a folder, or null if there is none. @throws DataError if it is of another form */
export async function readTransfer(dir: string): Promise<Transfer | null> {
  const path = join(dir, TRANSFER_FILE);
  return existsSync(path) ? readJson(path, transferFileSchema) : null;
}
