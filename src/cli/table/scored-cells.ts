import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { DataError } from '../../data/errors';
import { systemCode, writeFileAtomic } from '../../data/files.node';
import { appendWhole } from '../log';

/** What scores were computed with; a file is of one of it. */
const headSchema = z.strictObject({
  table: z.string(),
  data: z.string(),
  batch: z.int(),
  seed: z.int(),
  scores: z.array(z.string()),
});
export type ScoredWith = z.infer<typeof headSchema>;

const lineSchema = z.strictObject({
  cell: z.string(),
  /** null: −∞, which JSON has no number for. */
  scores: z.record(z.string(), z.number().nullable()),
});
export type ScoredCell = z.infer<typeof lineSchema>;

/** A file of scored cells: a line says how, each other one is of a cell. It grows line by line and is gone on with. */
export class ScoredCells {
  private constructor(
    private readonly path: string,
    /** Scores of each cell by its text. */
    readonly cells: Map<string, ScoredCell['scores']>,
  ) {}

  /** @throws DataError if the file is of other settings, or not such a file */
  static async open(path: string, how: ScoredWith): Promise<ScoredCells> {
    const text = await textOf(path);
    // A line that a power cut left without its end is computed again.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole === '') await writeFileAtomic(path, `${JSON.stringify(how)}\n`);
    else if (whole !== text) await writeFileAtomic(path, whole);
    const [first, ...lines] = whole.split('\n').filter((line) => line !== '');
    const cells = new Map<string, ScoredCell['scores']>();
    if (first !== undefined) {
      checkSame(path, parsed(path, 1, first, headSchema), how);
      for (const [i, line] of lines.entries()) {
        const { cell, scores } = parsed(path, i + 2, line, lineSchema);
        cells.set(cell, scores);
      }
    }
    return new ScoredCells(path, cells);
  }

  /** Keeps the scores of a cell. @throws OutputError */
  add(cell: string, scores: Readonly<Record<string, number>>): void {
    const kept = Object.fromEntries(
      Object.entries(scores).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
    );
    appendWhole(this.path, `${JSON.stringify({ cell, scores: kept } satisfies ScoredCell)}\n`);
    this.cells.set(cell, kept);
  }
}

function checkSame(path: string, was: ScoredWith, is: ScoredWith): void {
  for (const field of Object.keys(headSchema.shape) as (keyof ScoredWith)[]) {
    const [before, now] = [was, is].map((how) => JSON.stringify(how[field]));
    if (before === now) continue;
    throw new DataError('DATA_OTHER', {
      file: path,
      field: `line 1, ${field}`,
      expected: now,
      found: before,
      advice: 'Go on with the same options, or name another file by --out',
    });
  }
}

function parsed<T>(path: string, number: number, line: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new DataError(
      'DATA_FORMAT',
      {
        file: path,
        field: `line ${number}`,
        expected: 'a line of scored cells',
        found: `'${line.slice(0, 60)}'`,
        advice: 'Name another file by --out',
      },
      { cause },
    );
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') return '';
    if (code === undefined) throw cause;
    throw new DataError(
      'DATA_UNREADABLE',
      { file: path, expected: 'a readable file', found: code },
      { cause },
    );
  }
}
