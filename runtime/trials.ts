import type { TaskgradError } from './errors';
import type { PooledBuffer } from './pooled-buffer';

/** What a dispatch, a write or a read touches, and how often each buffer had been returned by then. */
interface Note {
  readonly buffers: readonly PooledBuffer[];
  readonly returns: readonly number[];
  /** How many of them, from the first on, it writes. */
  readonly written: number;
  /** Whether what it writes follows from nothing on the GPU. */
  readonly isFresh: boolean;
  /** Number of the part of a batch that it is in. */
  readonly part: number;
  /** Why it was left out, or what it reads is missing. */
  error?: TaskgradError;
}

/** A read that was asked for. Its error is known when all trials have ended. */
export type Reading = Pick<Note, 'error'>;

/**
 * Knows what is missing where the GPU left a dispatch out. Whether it did is known only later, so that all that is
 * recorded in the meantime is noted. Then the buffers that the dispatch should have written are lost, and those that
 * follow from them. A lost buffer cannot be read; others are as they should be.
 */
export class Trials {
  private notes: Note[] = [];
  /** Buffers that the driver refused. */
  private readonly refused = new Set<PooledBuffer>();
  private part = 0;
  private readonly open = new Set<Promise<void>>();
  private readonly errors = new WeakSet<object>();
  /** Whether any buffer was ever lost. */
  hasLosses = false;

  /** Whether it is still to be seen of some dispatch if it was left out. */
  get isOpen(): boolean {
    return this.open.size > 0;
  }

  /** Notes a dispatch that is left out if `outcome` gives an error. */
  begin(
    buffers: readonly PooledBuffer[],
    written: number,
    outcome: Promise<TaskgradError | undefined>,
  ): void {
    this.await(this.add(buffers, written), outcome);
  }

  /** Notes a buffer that is of no use if `refusal` gives an error. The part of a batch that uses it is left out as a whole. */
  allocated(buffer: PooledBuffer, refusal: Promise<TaskgradError | undefined>): void {
    this.await(this.add([buffer], 1), refusal, () => this.refused.add(buffer));
  }

  /** What is noted from here on is submitted apart from what was noted before. */
  separate(): void {
    this.part += 1;
  }

  /** Notes a dispatch that is known to be valid. */
  note(buffers: readonly PooledBuffer[], written: number): void {
    if (this.isOpen) this.add(buffers, written);
  }

  /** A buffer gets new content from the CPU. */
  renewed(buffer: PooledBuffer): void {
    buffer.lost = undefined;
    if (this.isOpen) this.add([buffer], 1, true);
  }

  /** A buffer is about to be read. @throws what it was lost by */
  reading(buffer: PooledBuffer): Reading {
    if (buffer.lost) throw buffer.lost;
    return this.isOpen ? this.add([buffer], 0) : {};
  }

  /** Whether an error is what buffers were lost by. */
  isLoss(error: unknown): error is TaskgradError {
    return typeof error === 'object' && error !== null && this.errors.has(error);
  }

  /** Resolves when every trial that was begun by now has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.open);
  }

  private add(buffers: readonly PooledBuffer[], written: number, isFresh = false): Note {
    const { part } = this;
    const note: Note = { buffers, returns: buffers.map(({ returns }) => returns), written, isFresh, part };
    this.notes.push(note);
    return note;
  }

  private await(note: Note, outcome: Promise<TaskgradError | undefined>, onError?: () => void): void {
    const ended = outcome.then((error) => {
      if (error) {
        note.error = error;
        this.errors.add(error);
        onError?.();
        this.spread();
      }
      this.open.delete(ended);
      if (this.isOpen) return;
      this.notes = [];
      this.refused.clear();
    });
    this.open.add(ended);
  }

  /** Parts that use a refused buffer, each with the reason. */
  private leftOut(): Map<number, TaskgradError | undefined> {
    const errors = new Map<PooledBuffer, TaskgradError | undefined>();
    const parts = new Map<number, TaskgradError | undefined>();
    for (const { buffers, part, error } of this.notes) {
      const refused = buffers.find((buffer) => this.refused.has(buffer));
      if (!refused) continue;
      if (errors.has(refused)) parts.set(part, errors.get(refused));
      else errors.set(refused, error); // its allocation comes first, and uses nothing
    }
    return parts;
  }

  /** Finds what follows from dispatches that were left out. */
  private spread(): void {
    this.hasLosses = true;
    const leftOut = this.refused.size > 0 ? this.leftOut() : undefined;
    const lost = new Map<PooledBuffer, { returns: number; error: TaskgradError }>();
    for (const note of this.notes) {
      const { buffers, returns, written, isFresh, part } = note;
      note.error ??= leftOut?.get(part);
      for (const [i, buffer] of buffers.entries()) {
        const known = lost.get(buffer);
        if (known?.returns === returns[i] && !isFresh) note.error ??= known.error;
      }
      for (const [i, buffer] of buffers.slice(0, written).entries()) {
        if (note.error) lost.set(buffer, { returns: returns[i], error: note.error });
        else lost.delete(buffer);
      }
    }
    for (const [buffer, { returns, error }] of lost) if (buffer.returns === returns) buffer.lost = error;
  }
}
