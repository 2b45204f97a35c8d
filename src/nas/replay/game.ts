import type { Random } from '../../tensor/random';

/** A table as a method sees it that is replayed. Cells are numbers. */
export interface ReplayGame {
  /** Of this replay. */
  readonly random: Random;
  /** How many cells there are. */
  readonly cells: number;
  /** Queries that are left. */
  readonly left: number;
  /** A cell, each equally often. */
  draw(): number;
  /** A cell that was not asked about yet; any one where there is none. */
  drawNew(): number;
  /** A cell that differs on one edge, each equally often. */
  mutate(cell: number): number;
  /** Validation accuracy of a cell, in percent, for one query. @throws RangeError if none is left */
  ask(cell: number): number;
}

/** A search method with the figures of a table in the place of trained networks. It plays until no query is left. */
export type Replay = (game: ReplayGame) => void;

/** Cells drawn anew until one is new. */
const MOST_DRAWS = 1_000;

/** Cells of a table that may be asked about, as digits: an operation's number an edge. */
export class Board {
  private readonly byCode = new Map<number, number>();

  constructor(
    /** Digits of every cell, [cells][edges]. */
    private readonly digits: readonly Uint8Array[],
    private readonly operations: number,
    /** Percentages that a method is told. */
    readonly seen: Float64Array,
    /** Percentages that its find is judged by. */
    readonly judged: Float64Array,
  ) {
    for (const [cell, own] of digits.entries()) this.byCode.set(this.codeOf(own), cell);
  }

  get cells(): number {
    return this.digits.length;
  }

  /** A neighbour on the board, or the cell itself where it has none. */
  neighbour(cell: number, random: Random): number {
    const own = this.digits[cell];
    if (this.operations === 1) return cell;
    for (let tried = 0; tried < MOST_DRAWS; tried++) {
      const changed = own.slice();
      const edge = random.int(own.length);
      changed[edge] = (own[edge] + 1 + random.int(this.operations - 1)) % this.operations;
      const found = this.byCode.get(this.codeOf(changed));
      if (found !== undefined) return found;
    }
    return cell;
  }

  private codeOf(digits: Uint8Array): number {
    return digits.reduce((code, digit) => code * this.operations + digit, 0);
  }
}

/** One replay; after it `found` is what had the best figure after each query. */
export class Game implements ReplayGame {
  /** After each query, the cell with the best figure so far. */
  readonly found: number[] = [];
  private readonly asked = new Set<number>();

  constructor(
    private readonly board: Board,
    readonly random: Random,
    private readonly queries: number,
  ) {}

  get cells(): number {
    return this.board.cells;
  }

  get left(): number {
    return this.queries - this.found.length;
  }

  draw(): number {
    return this.random.int(this.board.cells);
  }

  drawNew(): number {
    for (let tried = 0; tried < MOST_DRAWS; tried++) {
      const cell = this.draw();
      if (!this.asked.has(cell)) return cell;
    }
    return this.draw();
  }

  mutate(cell: number): number {
    return this.board.neighbour(cell, this.random);
  }

  ask(cell: number): number {
    const { seen } = this.board;
    if (this.left === 0) throw new RangeError(`replay: all ${this.queries} queries are used`);
    this.asked.add(cell);
    const before = this.found.at(-1);
    this.found.push(before === undefined || seen[cell] > seen[before] ? cell : before);
    return seen[cell];
  }
}
