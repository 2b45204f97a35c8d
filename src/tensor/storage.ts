import type { TaskgradError } from '../../runtime/errors';
import type { PooledBuffer } from '../../runtime/pooled-buffer';
import type { Runtime } from '../../runtime/runtime';
import { drafting } from './drafting';

/** What one GPU's tensors hold. */
export interface Holdings {
  /** Count of live tensors, shown by gpu.memory(). */
  tensors: number;
  /** Storages that are still to be computed, the oldest first. */
  readonly deferred: Set<Storage>;
}

/** How the content of a storage is computed, once somebody reads it. */
export interface Recipe {
  /** What it reads. */
  readonly sources: ReadonlySet<Storage>;
  compute(): PooledBuffer;
}

/**
 * A pooled buffer shared by the tensors that view it; goes back to the pool with the last of them. It may be deferred:
 * computed by its recipe when it is read, or never, if nobody does.
 */
export class Storage {
  private owners = 0;
  private content: PooledBuffer | Recipe | undefined;
  /** Why it can never be computed: what it follows from was lost. */
  private lost: TaskgradError | undefined;
  /** Deferred storages that read this one. */
  private readers: Set<Storage> | undefined;
  /** Whether another recipe computes this one as a part of its own. */
  isPart = false;
  /** Counts changes of the elements, as PyTorch's version of a storage. */
  version = 0;
  /** What made the last of them, as in 'write()'. */
  changedBy = '';

  constructor(
    private readonly runtime: Runtime,
    /** Undefined: it stands for a value that nobody reads. */
    content: PooledBuffer | Recipe | undefined,
    private readonly holdings: Holdings,
  ) {
    this.content = content;
    if (!isRecipe(content)) return;
    holdings.deferred.add(this);
    for (const source of content.sources) source.readBy(this);
  }

  get alive(): boolean {
    return this.owners > 0;
  }

  /** Whether another tensor, or something that is still to be computed, has it too. */
  get isShared(): boolean {
    return this.owners > 1;
  }

  /** The buffer, computed if it was not. @throws what it was lost by */
  get pooled(): PooledBuffer {
    const { content } = this;
    if (content !== undefined && !isRecipe(content)) return content;
    if (this.lost) throw this.lost;
    if (content === undefined) throw new TypeError('a value that was never stored is read');
    try {
      this.content = content.compute();
    } catch (error) {
      if (!this.runtime.trials.isLoss(error)) throw error;
      this.content = undefined;
      this.lost = error;
    }
    this.forget(content);
    if (this.content) this.countReplays(this.content);
    return this.pooled;
  }

  /** Computes it if it was not, where it can be. Who reads it is told if it cannot. */
  settle(): void {
    try {
      void this.pooled;
    } catch (error) {
      if (error !== this.lost) throw error;
    }
  }

  /** How it will be computed; undefined if it was. */
  get recipe(): Recipe | undefined {
    return isRecipe(this.content) ? this.content : undefined;
  }

  /**
   * The buffer, to be changed. What was deferred and reads it is computed before.
   * @param by what changes it, for those who relied on the elements
   */
  changed(by: string): PooledBuffer {
    if (this.readers) for (const reader of [...this.readers]) reader.settle();
    const buffer = this.pooled;
    if (!this.runtime.isWarming) this.count(changer ?? by);
    this.countReplays(buffer);
    return buffer;
  }

  /** A tensor more has it. */
  retain(): void {
    this.owners += 1;
    this.holdings.tensors += 1;
    drafting()?.shared(this, 1);
  }

  /** A tensor fewer has it. */
  release(): void {
    this.holdings.tensors -= 1;
    drafting()?.shared(this, -1);
    this.letGo();
  }

  /** Has it stay until `letGo`, whether a tensor has it or not. */
  held(): this {
    this.owners += 1;
    return this;
  }

  letGo(): void {
    this.owners -= 1;
    if (this.owners > 0) return;
    if (isRecipe(this.content)) this.forget(this.content);
    else if (this.content) this.runtime.pool.release(this.content);
  }

  private count(by: string): void {
    this.version += 1;
    this.changedBy = by;
  }

  /** Where a step is being captured, each replay of it computes the elements anew. */
  private countReplays(buffer: PooledBuffer): void {
    this.runtime.changed(buffer, () => this.count('the replay of a captured step'));
  }

  private readBy(reader: Storage): void {
    this.owners += 1;
    this.readers ??= new Set();
    this.readers.add(reader);
  }

  private forget(recipe: Recipe): void {
    this.holdings.deferred.delete(this);
    for (const source of recipe.sources) {
      source.readers?.delete(this);
      source.letGo();
    }
  }
}

/** What to name as having changed storages while it runs, in place of kernels. */
let changer: string | undefined;

/** Runs `work`; what it changes was changed by `name`, as in 'SGD.step()', or by what has it run. */
export function changing<T>(name: string, work: () => T): T {
  const outer = changer;
  changer ??= name;
  try {
    return work();
  } finally {
    changer = outer;
  }
}

const isRecipe = (content: PooledBuffer | Recipe | undefined): content is Recipe =>
  content !== undefined && 'compute' in content;

/**
 * Computes what is deferred: all of it, or the whole ones only. A part is left out, since the recipe that it belongs to
 * computes it too, and nobody else may ever ask for it.
 */
export function settle({ deferred }: Holdings, which: 'all' | 'whole'): void {
  for (const storage of [...deferred])
    if (deferred.has(storage) && (which === 'all' || !storage.isPart)) storage.settle();
}
