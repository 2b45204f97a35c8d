import type { Profile } from '../../../runtime/profile';

/** What a step's time went into, in seconds. Together they are the step, from its first line until the GPU was done. */
export interface StepParts {
  /** While a kernel ran, whatever else went on. */
  readonly kernels: number;
  /** While none ran, and JavaScript prepared the next. */
  readonly script: number;
  /** While neither did anything. */
  readonly rest: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Tells apart what a step's time went into. A moment at which several things happened counts once. */
export function stepParts({
  wallSeconds,
  gpu,
  cpu,
}: Pick<Profile, 'wallSeconds' | 'gpu' | 'cpu'>): StepParts {
  const script = cpu.filter(({ kind }) => kind === 'work');
  const kernels = covered(gpu, wallSeconds);
  const either = covered([...gpu, ...script], wallSeconds);
  return { kernels, script: either - kernels, rest: wallSeconds - either };
}

/** How much of the time from 0 to `until` lies in at least one of the spans. */
function covered(spans: readonly Span[], until: number): number {
  let [sum, reached] = [0, 0];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const [from, to] = [Math.max(start, reached), Math.min(end, until)];
    if (to <= from) continue;
    sum += to - from;
    reached = to;
  }
  return sum;
}
