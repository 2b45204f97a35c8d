import { tagged } from '../../runtime/tags';
import type { DType } from './dtype';
import type { Shape } from './shape';
import type { Tensor } from './tensor';

/** A way to do some work, by its name; undefined where it cannot be done so. */
export type Way<T> = readonly [name: string, run: () => T | undefined];

/** Tensors that ways work on. */
type Inputs = readonly (Tensor | undefined)[];

/** A choice that was never made by measurement, and how to make it on other tensors of the same shapes. */
export interface Unmeasured {
  readonly inputs: readonly ({ readonly shape: Shape; readonly dtype: DType } | undefined)[];
  readonly choose: (inputs: Inputs) => void;
}

/** Names of the ways chosen, by op and bucketed sizes. */
export type Choices = Readonly<Record<string, string>>;

/** What is known of an adapter from measurements. */
export interface Tuning {
  /** Made before. */
  readonly choices?: Choices;
  /** Keeps all choices whenever some were made. Without it nothing is measured unasked. */
  readonly keep?: (choices: Choices) => Promise<void>;
}

/** The tag of a way's dispatches while ways are tried. */
export const TRIAL = 'trial';
const SEPARATOR = ' | ';

/** Sizes within a factor of two share a choice. */
const bucket = (size: number): number => (size <= 1 ? size : 2 ** Math.ceil(Math.log2(size)));

/** Chooses between ways to do the same work: by measurement where there is one, else in the order given. */
export class Variants {
  private readonly chosen = new Map<string, string>();
  /** While choices are looked for that were never measured. */
  private unmeasured: Map<string, Unmeasured> | undefined;
  /** While ways are tried: which of them in turn. */
  private turn: number | undefined;
  private most = 0;
  /** How often choices were taken over. */
  changes = 0;
  /** Where there is one, a warm-up times what was never measured, and hands all choices over. */
  readonly keep: Tuning['keep'];

  constructor({ choices = {}, keep }: Tuning = {}) {
    this.keep = keep;
    this.choose(choices);
  }

  /** Runs the chosen way on the inputs, or the first that can. `waysOn` looks at no other tensors. */
  pick<T, I extends Inputs>(
    op: string,
    sizes: readonly number[],
    inputs: readonly [...I],
    waysOn: (...inputs: I) => readonly Way<T>[],
  ): T {
    const ways = waysOn(...inputs);
    if (this.turn === undefined && this.chosen.size === 0 && !this.unmeasured) return firstOf(op, ways);
    const key = `${op} ${sizes.map(bucket).join('×')}`;
    if (this.turn !== undefined) return this.tryOne(key, this.turn, op, ways);
    const name = this.chosen.get(key);
    if (name === undefined && ways.length > 1) {
      this.unmeasured?.set(key, {
        inputs: inputs.map((input) => input && { shape: input.shape, dtype: input.dtype }),
        choose: (others) => void this.pick(op, sizes, others as I, waysOn),
      });
    }
    return firstOf(op, [...ways.filter((way) => way[0] === name), ...ways]);
  }

  /** The choices of `work` that were never measured. */
  async unmeasuredIn(work: () => Promise<void>): Promise<Unmeasured[]> {
    this.unmeasured = new Map();
    try {
      await work();
      return [...this.unmeasured.values()];
    } finally {
      this.unmeasured = undefined;
    }
  }

  /** Whether ways are being tried. */
  get isTrial(): boolean {
    return this.turn !== undefined;
  }

  /** Whether every work is done in the way that was chosen for it, now and again. */
  get isSettled(): boolean {
    return this.turn === undefined && !this.unmeasured;
  }

  /** Every choice made by measurement. */
  get choices(): Choices {
    return Object.fromEntries(this.chosen);
  }

  /** Takes choices over. */
  choose(choices: Choices): void {
    for (const [key, name] of Object.entries(choices)) this.chosen.set(key, name);
    this.changes += 1;
  }

  /** Runs `work` with the way number `turn` of each op, or its last; @returns how many ways the richest has */
  async attempt(turn: number, work: () => Promise<void>): Promise<number> {
    this.turn = turn;
    this.most = 0;
    try {
      await work();
      return this.most;
    } finally {
      this.turn = undefined;
    }
  }

  /** Tags what the way dispatches, so that a profile tells its time. */
  private tryOne<T>(key: string, turn: number, op: string, ways: readonly Way<T>[]): T {
    this.most = Math.max(this.most, ways.length);
    const from = Math.min(turn, ways.length - 1);
    for (const [name, run] of [...ways.slice(from), ...ways.slice(0, from)]) {
      const layer = [TRIAL, key, name].join(SEPARATOR);
      const result = tagged(layer, { layer }, run);
      if (result !== undefined) return result;
    }
    throw noneCan(op, ways);
  }
}

/** Op with sizes, and way, of a tag made while ways were tried; undefined for others. */
export function trialOf(layer: string): { key: string; name: string } | undefined {
  const [mark, key, name] = layer.split(SEPARATOR);
  return mark === TRIAL ? { key, name } : undefined;
}

/** What the first way gives that can do the work. @throws TypeError if none can */
export function firstOf<T>(op: string, ways: readonly Way<T>[]): T {
  for (const [, run] of ways) {
    const result = run();
    if (result !== undefined) return result;
  }
  throw noneCan(op, ways);
}

function noneCan<T>(op: string, ways: readonly Way<T>[]): TypeError {
  const names = ways.map(([name]) => name).join(', ');
  return new TypeError(
    `${op}: none of its ways (${names}) can do these sizes; put a way last that does all of them`,
  );
}
