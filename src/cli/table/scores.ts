import type { AdapterChoice } from '../../../runtime/host';
import type { Batch } from '../../data/batch';
import { DeviceImages } from '../../data/device-images';
import { loadDataset } from '../../data/load.node';
import type { DataFolders } from '../../experiment/scene/sets.node';
import { parseArchitecture } from '../../nas/architecture-text';
import { nasBench201Frame, nasBench201Space } from '../../nas/nas-bench-201';
import { scores } from '../../nas/scores/score';
import { SCORE_NAMES, type ScoreName } from '../../nas/scores/table';
import type { TableSplit } from '../../nas/table/data';
import { readTable } from '../../nas/table/file.node';
import { type Table, TableError } from '../../nas/table/table';
import { openGpu } from '../../node';
import { columns, NOTHING, tableText } from '../../report/table';
import type { Gpu } from '../../tensor/gpu';
import { Random } from '../../tensor/random';
import { InterruptedError } from '../../training/errors';
import { catchInterrupts } from '../interrupt';
import { type Reporter, reporterFor } from '../progress';
import { type Agreement, agreements } from './agreement';
import { ScoredCells } from './scored-cells';

export interface ScoresOptions {
  readonly cells: number;
  readonly batch: number;
  readonly seed: number;
  readonly data?: DataFolders;
  readonly task?: string;
  readonly split: TableSplit;
  readonly scores?: readonly ScoreName[];
  readonly out: string;
  readonly adapter: AdapterChoice;
  readonly json: boolean;
}

const DATASET = 'cifar10';
/** Streams of the seed: which cells, which images. */
const [CELLS, IMAGES] = [0x73636331, 0x73636332];

/**
 * `taskgrad table scores`: scores untrained cells of NAS-Bench-201 on real images, and prints how well each score orders
 * them as the table does. Every scored cell is a line of the file `--out`; what is there is not computed again.
 */
export async function scoreTable(path: string, options: ScoresOptions): Promise<void> {
  const reporter = reporterFor(options);
  const table = await readTable(path);
  checkSpace(path, table);
  const { batch: size, seed, scores: kinds = SCORE_NAMES } = options;
  const cells = drawnCells(table, options);
  const file = await ScoredCells.open(options.out, {
    table: table.data.name,
    data: DATASET,
    batch: size,
    seed,
    scores: [...kinds],
  });
  const open = cells.filter((cell) => !file.cells.has(cell));
  const { say } = reporter;
  say(`${cells.length} cells of ${table.data.name}, ${cells.length - open.length} of them scored before`, {
    event: 'begin',
    cells: cells.length,
    known: cells.length - open.length,
  });
  if (open.length > 0) await scoreCells(reporter, file, open, kinds, options);
  const query = { task: options.task ?? table.data.columns[0].task, split: options.split };
  const accuracies = cells.map((cell) => table.accuracy(cell, query));
  const found = new Map(
    kinds.map((kind) => [
      kind,
      cells.map((cell) => file.cells.get(cell)?.[kind] ?? Number.NEGATIVE_INFINITY),
    ]),
  );
  const rows = agreements(found, accuracies);
  say(
    `Kendall's τ of ${cells.length} untrained cells with ${query.task} ${query.split}, ${size} images a cell:`,
    {
      event: 'agreement',
      cells: cells.length,
      ...query,
      batch: size,
      seed,
      rows,
    },
  );
  if (!options.json) say(tableText(agreementTable(rows)));
  say(
    'Published: 500 cells on CIFAR-100. Another table has other τ: a score is worth what it is above the plain numbers here.',
  );
}

/** @throws TableError */
function checkSpace(path: string, { data: { space } }: Table): void {
  if (space.name === nasBench201Space.name) return;
  throw new TableError(
    `table scores: ${path} is of the space ${space.name}, expected ${nasBench201Space.name}; make one by taskgrad table import`,
  );
}

/** The first cells of an order that follows from the seed: more cells are those and others. */
function drawnCells({ data: { cells } }: Table, { cells: count, seed }: ScoresOptions): string[] {
  if (count > cells.length)
    throw new TableError(`table scores: ${count} cells of ${cells.length}; expected that many at most`);
  const order = new Random(seed, CELLS).permutation(cells.length);
  return [...order.subarray(0, count)].map((place) => cells[place]);
}

async function scoreCells(
  reporter: Reporter,
  file: ScoredCells,
  cells: readonly string[],
  kinds: readonly ScoreName[],
  { adapter, data = {}, batch: size, seed }: ScoresOptions,
): Promise<void> {
  const interrupt = catchInterrupts();
  const bar = reporter.progress('cells', cells.length, 'cells');
  const { train, mean, std } = await loadDataset(DATASET, data[DATASET]);
  const gpu = await openGpu({ adapter });
  try {
    const images = new DeviceImages(gpu, train, { mean, std });
    const places = new Random(seed, IMAGES).permutation(train.labels.length).slice(0, size);
    const labels = Int32Array.from(places, (place) => train.labels[place]);
    const batch = images.batch(images.order(places, labels), 0, size);
    for (const [done, cell] of cells.entries()) {
      file.add(cell, await scored(gpu, cell, batch, kinds, { seed, classes: train.classes.length }));
      bar.update(done + 1);
      reporter.log({ event: 'scored', cell, done: done + 1, of: cells.length });
      if (interrupt.signal.aborted) throw new InterruptedError();
    }
  } finally {
    bar.stop();
    interrupt.release();
    gpu.dispose();
  }
}

async function scored(
  gpu: Gpu,
  cell: string,
  batch: Batch,
  kinds: readonly ScoreName[],
  options: { readonly seed: number; readonly classes: number },
): Promise<Record<string, number>> {
  const { channels, backbone } = nasBench201Frame;
  const genotype = parseArchitecture(cell, channels);
  const found = await scores(genotype, batch, kinds, { ...options, backbone, affine: true });
  await gpu.pace();
  return found;
}

function agreementTable(rows: readonly Agreement[]) {
  const figure = (value: number | null | undefined) =>
    typeof value === 'number' ? value.toFixed(2) : NOTHING;
  const range = (interval: Agreement['interval']) =>
    interval ? `${figure(interval.low)} to ${figure(interval.high)}` : NOTHING;
  return {
    columns: columns('Score', '#τ', '#95 %', '#τ above multiply-adds, 95 %', '#Top 10', '#Published τ'),
    rows: rows.map(({ score, tau, interval, gain, top10, published }) => [
      score,
      figure(tau),
      range(interval),
      range(gain),
      figure(top10),
      figure(published),
    ]),
  };
}
