/** How much a kind of soak is asked to do. */
export interface Effort {
  /** Share of all its cases: 1 is the whole soak, a test takes a small part. */
  readonly share: number;
  /** Of all that is drawn at random. */
  readonly seed: number;
  /** Whether its time is up. It is asked between cases; what is left out then is said in the figures. */
  isOver(): boolean;
  /** A line about what goes on, for a person who waits. */
  say(text: string): void;
}

/** What came of it. */
export interface Outcome {
  /** One line: how many cases there were, and what was measured over them. */
  readonly figures: string;
  /** What did not hold, a line each, with all that is needed to see it again. */
  readonly faults: readonly string[];
}

/** One way in which the product is attacked for minutes. */
export interface Soak {
  /** What the command line calls it. */
  readonly name: string;
  /** What it does, and what has to hold, in a line. */
  readonly does: string;
  run(effort: Effort): Promise<Outcome>;
}

/** The number of cases for a share of the whole, at least one. */
export const casesOf = (whole: number, { share }: Pick<Effort, 'share'>): number =>
  Math.max(1, Math.round(whole * share));

/** As in '20,000'. */
export const countText = (count: number): string => count.toLocaleString('en');
