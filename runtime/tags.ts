/** Which part of the work a dispatch belongs to. */
export type Phase = 'forward' | 'backward' | 'fisher' | 'optimiser' | 'data' | 'other';

/** What the profiler knows of a dispatch beyond its kernel. */
export interface Tags {
  /** Which part of the work it belongs to. */
  readonly phase?: Phase;
  /** The op, by its public name, or the optimiser. */
  readonly op?: string;
  /** Path of the layer in the network, or of the parameter, by PyTorch's dotted names. */
  readonly layer?: string;
}

/** Whether JavaScript worked, or waited for the GPU. */
export type SpanKind = 'work' | 'wait';

/** Something JavaScript did, from `start` to `end` in milliseconds of `performance.now()`. */
export interface Span extends Tags {
  /** What was done. */
  readonly name: string;
  /** Whether JavaScript worked or waited. */
  readonly kind: SpanKind;
  /** When it began. */
  readonly start: number;
  /** When it was done. */
  readonly end: number;
}
export type SpanListener = (span: Span) => void;

/** Profilers under way. Ops, layers and optimisers run synchronously, so that one set and one state serve all GPUs. */
const listeners = new Set<SpanListener>();
let current: Tags = {};

/** Begins to keep tags and to report spans. @returns what ends it */
export function listen(listener: SpanListener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export const isProfiling = (): boolean => listeners.size > 0;

export const currentTags = (): Tags => current;

/**
 * Runs `work` under tags, and reports it as a span called `name`. Phase and op of an enclosing call stay: what a Fisher
 * pass does is Fisher, whatever ops it is made of. The layer is the innermost.
 */
export function tagged<T>(name: string, tags: Tags, work: () => T): T {
  if (listeners.size === 0) return work();
  const outer = current;
  current = {
    phase: outer.phase ?? tags.phase,
    op: outer.op ?? tags.op,
    layer: tags.layer ?? outer.layer,
  };
  try {
    return timed(name, work);
  } finally {
    current = outer;
  }
}

/** Runs `work` that was put off under the tags of then. */
export function underTags<T>(tags: Tags, work: () => T): T {
  const outer = current;
  current = tags;
  try {
    return work();
  } finally {
    current = outer;
  }
}

/** Reports `work` as a span under the tags in force. */
export function timed<T>(name: string, work: () => T): T {
  if (listeners.size === 0) return work();
  const tags = current;
  const start = performance.now();
  try {
    return work();
  } finally {
    report({ ...tags, name, kind: 'work', start, end: performance.now() });
  }
}

/** Reports a wait. */
export async function timedWait<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (listeners.size === 0) return work();
  const start = performance.now();
  try {
    return await work();
  } finally {
    report({ name, kind: 'wait', start, end: performance.now() });
  }
}

function report(span: Span): void {
  for (const listener of listeners) listener(span);
}
