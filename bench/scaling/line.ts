/** Seconds that a peak is the mean of. */
const WINDOW = 60;

/** What all share and that does one thing after another: the store's link, the planner, the server of the queue. */
export class Line {
  #freeAt = 0;
  #busy = 0;
  #amount = 0;
  readonly #windows = new Map<number, number>();

  /** @param rate how much it does in a second */
  constructor(readonly rate: number) {}

  /** When so much is done that is asked for now, after what was asked for before. */
  take(amount: number, now: number): number {
    this.#amount += amount;
    this.#busy += amount / this.rate;
    const window = Math.floor(now / WINDOW);
    this.#windows.set(window, (this.#windows.get(window) ?? 0) + amount);
    this.#freeAt = Math.max(this.#freeAt, now) + amount / this.rate;
    return this.#freeAt;
  }

  /** Counts what goes on beside jobs and delays nobody, such as signs of life. */
  also(amount: number): void {
    this.#amount += amount;
    this.#busy += amount / this.rate;
  }

  get amount(): number {
    return this.#amount;
  }

  /** Seconds at work. */
  get busy(): number {
    return this.#busy;
  }

  /** The most that was asked for in a minute, a second of it. */
  get peak(): number {
    return Math.max(0, ...this.#windows.values()) / WINDOW;
  }
}
