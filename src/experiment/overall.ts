/** What is heard of a job of a plan; `at` is a time in milliseconds, from any zero. */
export type PlanEvent = { readonly key: string; readonly at: number } & (
  | {
      /** About how many seconds it takes. */
      readonly cost: number;
    }
  | { readonly done: number; readonly total: number }
  | { readonly ended: Ending }
);

/** How a job of a plan ended: it was in the store, or it was done, or it was set aside. */
export type Ending = 'kept' | 'done' | 'failed';

/** How far all jobs together are that a plan has asked for so far. */
export interface Overall {
  /** Expected seconds of work that are done, and of all jobs: what one bar shows. */
  readonly done: number;
  /** Grows as the plan asks for more. */
  readonly total: number;
  /** Seconds until all is done, if the work goes on at its pace; undefined before there is one. */
  readonly secondsLeft: number | undefined;
  /** Numbers of jobs. */
  readonly jobs: { readonly asked: number; readonly ended: number; readonly failed: number };
}

interface Part {
  readonly cost: number;
  share: number;
  hasEnded: boolean;
}

/**
 * Adds up what is heard of jobs, whoever does them. What a job was by an interrupted try before is no work of this one: its pace
 * is measured from the first that is heard of each.
 */
export function overall(): (event: PlanEvent) => Overall {
  const parts = new Map<string, Part>();
  let total = 0;
  let done = 0;
  /** Of `done`, what was there before. */
  let before = 0;
  let begun: number | undefined;
  const jobs = { asked: 0, ended: 0, failed: 0 };

  function ask(key: string, cost: number, at: number): void {
    if (parts.has(key)) return;
    parts.set(key, { cost, share: 0, hasEnded: false });
    total += cost;
    jobs.asked++;
    begun ??= at;
  }

  function move(part: Part, share: number, isNew: boolean): void {
    const step = part.cost * Math.max(0, Math.min(1, share) - part.share);
    part.share = Math.max(part.share, Math.min(1, share));
    done += step;
    if (isNew) before += step;
  }

  function hear(event: PlanEvent): void {
    if ('cost' in event) ask(event.key, event.cost, event.at);
    else hearOf(event);
  }

  function hearOf(event: Exclude<PlanEvent, { readonly cost: number }>): void {
    const part = parts.get(event.key);
    if (!part || part.hasEnded) return;
    if ('total' in event) {
      if (event.total > 0) move(part, event.done / event.total, part.share === 0 && event.done > 1);
      return;
    }
    part.hasEnded = true;
    jobs.ended++;
    if (event.ended === 'failed') jobs.failed++;
    move(part, 1, event.ended !== 'done');
  }

  return (event) => {
    hear(event);
    const worked = done - before;
    const seconds = (event.at - (begun ?? event.at)) / 1000;
    const secondsLeft = worked > 0 ? Math.max(0, (seconds * (total - done)) / worked) : undefined;
    const isOver = jobs.ended === jobs.asked; // then nothing is left, however the parts were rounded
    return { done: isOver ? total : done, total, secondsLeft, jobs: { ...jobs } };
  };
}
