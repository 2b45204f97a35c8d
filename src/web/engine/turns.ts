import type { Activity } from '../protocol';
import type { Tell } from './tell';

/** A piece of work. */
export interface Turn {
  readonly activity: Activity;
  readonly work: (signal: AbortSignal) => Promise<void>;
  /** Whether it goes on by itself after work that displaced it. */
  readonly lasts?: boolean;
}

interface Current {
  readonly turn: Turn | undefined;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** Does one thing at a time. What another displaces waits, and goes on after it. */
export class Turns {
  private waiting: readonly Turn[] = [];
  private isPaused = false;
  private current: Current = { turn: undefined, stop: new AbortController(), done: Promise.resolve() };

  constructor(
    private readonly tell: Tell,
    /** Whether a run stands still that could go on. */
    private readonly hasRun: () => boolean,
    /** Tells what went wrong. @returns whether something else can be done */
    private readonly onError: (error: unknown) => boolean,
  ) {}

  /** Ends when what is under way has, whatever came of it. */
  get done(): Promise<void> {
    return this.current.done;
  }

  /** Begins a piece of work; what is under way waits. */
  begin(turn: Turn): void {
    const { turn: displaced, stop } = this.current;
    const others = this.waiting.filter(({ activity }) => activity !== turn.activity);
    const waits = displaced?.lasts && displaced.activity !== turn.activity && !stop.signal.aborted;
    this.wait(waits ? [...others, displaced] : others);
    this.become(turn);
  }

  /** Pauses what is under way, or what waits of this activity. */
  pause(activity = this.current.turn?.activity): void {
    if (activity === this.current.turn?.activity) this.current.stop.abort();
    this.forget(activity);
  }

  /** What waits of this activity, or of any, is not gone on with. */
  forget(activity?: Activity): void {
    this.wait(activity ? this.waiting.filter((turn) => turn.activity !== activity) : []);
  }

  private wait(turns: readonly Turn[]): void {
    if (turns.length === 0 && this.waiting.length === 0) return;
    this.waiting = turns;
    this.tell({ type: 'waiting', activities: turns.map(({ activity }) => activity) });
  }

  /** Stops what is under way, then does this. */
  private become(turn: Turn): void {
    const before = this.current;
    before.stop.abort();
    const stop = new AbortController();
    const run = async () => {
      await before.done;
      if (stop.signal.aborted) return this.end(stop, turn);
      this.tell({ type: 'activity', activity: turn.activity });
      let mayGoOn = true;
      try {
        await turn.work(stop.signal);
      } catch (error) {
        mayGoOn = this.onError(error);
      }
      if (mayGoOn) this.end(stop, turn);
      else this.forget();
    };
    this.current = { turn, stop, done: run() };
  }

  /** Goes back to what waits, or rests. */
  private end(stop: AbortController, { activity }: Turn): void {
    if (this.current.stop !== stop) return;
    const next = this.waiting.at(-1);
    if (next) {
      this.wait(this.waiting.slice(0, -1));
      this.become(next);
      return;
    }
    this.current = { ...this.current, turn: undefined };
    // A lost device, opened again, changes nothing of this.
    if (activity !== 'recovering') this.isPaused = activity === 'training' || activity === 'opening';
    this.tell({ type: 'activity', activity: this.isPaused && this.hasRun() ? 'paused' : 'idle' });
  }
}
