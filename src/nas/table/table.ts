import { TaskgradError } from '../../../runtime/errors';
import { anObject, checkAll, shown } from '../../tensor/guard';
import { architectureText, parseArchitecture } from '../architecture-text';
import { cellEdges } from '../edges';
import { type Genotype, operationsOf } from '../genotype';
import { cellKey } from '../isomorphism';
import { TABLE_FORMAT, type TableColumn, type TableData, type TableSplit } from './data';

/** A table of trained cells that does not have what is asked of it, or is none. */
export class TableError extends TaskgradError {
  constructor(message: string) {
    super('TABLE', message);
  }
}

/** Which accuracies are meant. */
export interface TableQuery {
  /** Default: the table's first task. */
  readonly task?: string;
  /** Default: 'test'. */
  readonly split?: TableSplit;
}

/** What a table says of one cell. */
export interface TableRow {
  /** Text of the cell, as it stands in the table. */
  readonly cell: string;
  /** Of its network, where the table has them. */
  readonly parameters?: number;
  /** For each task and split the percentages, one a seed. */
  readonly accuracy: readonly {
    readonly task: string;
    readonly split: TableSplit;
    readonly seeds: readonly number[];
  }[];
}

/**
 * Accuracies of trained cells, all of a space or some. Where the table has several seeds, figures are their means.
 * Cells that are the same network under other names (see `cellKey`) count once in ranks, with the mean of their figures.
 * @example
 * ```ts
 * const table = new nas.Table({
 *   ...{ format: 'taskgrad table 1', name: 'two cells', source: 'made up' },
 *   space: { name: 'mine', operations: ['none', 'skip_connect'], nodes: 3, joins: 'sums' },
 *   cells: ['|none~0|+|none~0|none~1|', '|none~0|+|skip_connect~0|none~1|'],
 *   columns: [{ task: '3', split: 'test', accuracy: [[10, 90]] }],
 * });
 * table.rank('|none~0|+|none~0|none~1|'); // → 2
 * table.regret('|none~0|+|none~0|none~1|'); // → 80
 * ```
 */
export class Table {
  private readonly places: ReadonlyMap<string, number>;
  private kinds: Int32Array | undefined;
  private readonly means = new Map<string, Float64Array>();

  /** @throws TableError on a cell of another space, or one that is there twice */
  constructor(
    /** All that it holds. */
    readonly data: TableData,
  ) {
    checkAll('Table', { data: [data, anObject] });
    if (data.format !== TABLE_FORMAT)
      throw new TableError(
        `table: the format is ${shown(data.format)}, expected '${TABLE_FORMAT}'; read files with nas.readTable`,
      );
    const { cells, space } = data;
    const allowed = new Set(space.operations);
    const places = new Map<string, number>();
    for (const [place, cell] of cells.entries()) {
      const genotype = parseArchitecture(cell, 1);
      const stray = operationsOf(genotype).find((name) => !allowed.has(name));
      if (genotype.nodes !== space.nodes || stray)
        throw new TableError(
          `table ${data.name}: cell ${place}, ${cell}, is not of its space ${space.name}: ${space.nodes} nodes of ${space.operations.join(', ')}`,
        );
      if (places.has(cell))
        throw new TableError(`table ${data.name}: cell ${place}, ${cell}, is there twice, expected once`);
      places.set(cell, place);
    }
    this.places = places;
  }

  /** How many cells it has. */
  get size(): number {
    return this.data.cells.length;
  }

  /** How many of them are different networks. */
  get distinct(): number {
    return new Set(this.kindsOfCells()).size;
  }

  /** Place of the first cell of each different network. */
  get networks(): readonly number[] {
    const first = new Map<number, number>();
    for (const [place, kind] of this.kindsOfCells().entries()) if (!first.has(kind)) first.set(kind, place);
    return [...first.values()];
  }

  /** Whether it has all cells of its space. */
  get isWhole(): boolean {
    const { nodes, operations } = this.data.space;
    return this.size === operations.length ** cellEdges(nodes).length;
  }

  /** What it says of a cell; undefined if it is not there. */
  lookup(cell: Genotype | string): TableRow | undefined {
    const place = this.places.get(textOf(cell));
    if (place === undefined) return undefined;
    const { cells, parameters, columns } = this.data;
    const accuracy = columns.map((column) => ({
      task: column.task,
      split: column.split,
      seeds: seedsAt(column, place),
    }));
    return { cell: cells[place], ...(parameters && { parameters: parameters[place] }), accuracy };
  }

  /** Percentages of the cell in a place, one a seed. @throws TableError */
  seeds(place: number, query: TableQuery = {}): readonly number[] {
    return seedsAt(this.column(query), place);
  }

  /** Percentages of all cells in the table's order, the mean over seeds; NaN where there is none. @throws TableError */
  accuracies(query: TableQuery = {}): Float64Array {
    const column = this.column(query);
    const key = `${column.split} ${column.task}`;
    const known = this.means.get(key);
    if (known) return known;
    const means = Float64Array.from(this.data.cells, (_, place) => meanAt(column, place));
    this.means.set(key, means);
    return means;
  }

  /** Percentage of a cell, the mean over seeds. @throws TableError if it is not there, or has no figures */
  accuracy(cell: Genotype | string, query: TableQuery = {}): number {
    return this.accuracies(query)[this.measuredPlace(cell, query)];
  }

  /** Percentage points that a cell is below the best one. @throws TableError as `accuracy` */
  regret(cell: Genotype | string, query: TableQuery = {}): number {
    const all = this.accuracies(query);
    return largest(all) - all[this.measuredPlace(cell, query)];
  }

  /** 1 for the best network; those that are the same but for names count once. @throws TableError as `accuracy` */
  rank(cell: Genotype | string, query: TableQuery = {}): number {
    return this.ranks(query)[this.measuredPlace(cell, query)];
  }

  /** `rank` of all cells in the table's order; NaN where there are no figures. @throws TableError */
  ranks(query: TableQuery = {}): Float64Array {
    const all = this.accuracies(query);
    const kinds = this.kindsOfCells();
    const sums = new Map<number, [sum: number, count: number]>();
    for (const [place, kind] of kinds.entries()) {
      if (Number.isNaN(all[place])) continue;
      const [sum, count] = sums.get(kind) ?? [0, 0];
      sums.set(kind, [sum + all[place], count + 1]);
    }
    const means = new Map([...sums].map(([kind, [sum, count]]) => [kind, sum / count]));
    const falling = [...means.values()].sort((a, b) => b - a);
    const firsts = new Map<number, number>();
    for (const [i, mean] of falling.entries()) if (!firsts.has(mean)) firsts.set(mean, i + 1);
    return Float64Array.from(kinds, (kind, place) =>
      Number.isNaN(all[place]) ? Number.NaN : (firsts.get(means.get(kind) ?? Number.NaN) ?? Number.NaN),
    );
  }

  /** Place of a cell among the table's. @throws TableError if it is not there */
  placeOf(cell: Genotype | string): number {
    const text = textOf(cell);
    const place = this.places.get(text);
    if (place !== undefined) return place;
    const { name, space } = this.data;
    throw new TableError(
      `table ${name}: it has no cell ${text}; its ${this.size} cells have ${space.nodes} nodes and the operations ${space.operations.join(', ')}`,
    );
  }

  /** Place of a cell that has figures. @throws TableError */
  private measuredPlace(cell: Genotype | string, query: TableQuery): number {
    const place = this.placeOf(cell);
    if (!Number.isNaN(this.accuracies(query)[place])) return place;
    const { task, split } = this.column(query);
    throw new TableError(
      `table ${this.data.name}: its cell ${this.data.cells[place]} has no figures of task ${task}, ${split}: it was not trained yet`,
    );
  }

  private column({ task = this.data.columns[0].task, split = 'test' }: TableQuery): TableColumn {
    const { columns, name } = this.data;
    const found = columns.find((column) => column.task === task && column.split === split);
    if (found) return found;
    const known = columns.map((column) => `${column.task} ${column.split}`).join(', ');
    throw new TableError(`table ${name}: it has no accuracies of task ${task}, ${split}; it has ${known}`);
  }

  /** A number for each cell, the same for the same networks. */
  private kindsOfCells(): Int32Array {
    if (this.kinds) return this.kinds;
    const numbers = new Map<string, number>();
    const { cells, space } = this.data;
    this.kinds = Int32Array.from(cells, (cell) => {
      const key = cellKey(parseArchitecture(cell, 1), space.joins);
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return number;
    });
    return this.kinds;
  }
}

const textOf = (cell: Genotype | string): string =>
  typeof cell === 'string' ? cell : architectureText(cell);

const seedsAt = ({ accuracy }: TableColumn, place: number): number[] =>
  accuracy.map((row) => row[place]).filter((value) => value !== null);

function meanAt(column: TableColumn, place: number): number {
  const there = seedsAt(column, place);
  return there.reduce((sum, value) => sum + value, 0) / there.length;
}

const largest = (values: Float64Array): number =>
  values.reduce(
    (most, value) => (Number.isNaN(value) ? most : Math.max(most, value)),
    Number.NEGATIVE_INFINITY,
  );
