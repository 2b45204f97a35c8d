/** What is to happen at which time, the earliest first; of equal times, what was written down first. */
export class Agenda {
  readonly #entries: { readonly at: number; readonly act: () => void }[] = [];

  /** @param at in seconds */
  add(at: number, act: () => void): void {
    const entries = this.#entries;
    let from = 0;
    let to = entries.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (entries[middle].at > at) from = middle + 1;
      else to = middle;
    }
    entries.splice(from, 0, { at, act });
  }

  /** When that is; never, if there is nothing. */
  get nextAt(): number {
    return this.#entries.at(-1)?.at ?? Number.POSITIVE_INFINITY;
  }

  next() {
    return this.#entries.pop();
  }
}
