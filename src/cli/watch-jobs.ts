import type { Order } from '../experiment/order.node';
import { type PlanWatch, watchOverall } from '../experiment/plan-watch';
import type { Progress, Reporter } from './progress';

interface Watching {
  /** Whether several jobs are done at once: then one bar is for all of them. */
  readonly isShared: boolean;
  /** Told of the same. */
  readonly also?: Partial<PlanWatch>;
}

/** Shows jobs while they are done: a bar, and what they say. */
export function watchJobs(
  reporter: Reporter,
  { isShared, also = {} }: Watching,
): Partial<PlanWatch> & { [Symbol.dispose](): void } {
  const bar = isShared ? barOfAll(reporter) : barOfOne(reporter);
  return {
    asked: (...given) => {
      bar.watch.asked?.(...given);
      also.asked?.(...given);
    },
    ended: (...given) => {
      bar.watch.ended?.(...given);
      also.ended?.(...given);
    },
    progress: (...given) => {
      bar.watch.progress?.(...given);
      also.progress?.(...given);
    },
    say: (order, text, event = {}) => {
      reporter.say(`${order.label}: ${text}`, { ...event, job: order.label });
      also.say?.(order, text, event);
    },
    log: (order, event) => {
      reporter.log({ ...event, job: order.label });
      also.log?.(order, event);
    },
    note: (text) => {
      reporter.say(text);
      also.note?.(text);
    },
    [Symbol.dispose]: bar.stop,
  };
}

interface Bar {
  readonly watch: Partial<PlanWatch>;
  readonly stop: () => void;
}

/** A bar for the job under way. */
function barOfOne(reporter: Reporter): Bar {
  let shown: { readonly key: string; readonly bar: Progress } | undefined;
  const stop = () => {
    shown?.bar.stop();
    shown = undefined;
  };
  const barOf = ({ key, label }: Order, total: number): Progress => {
    if (shown?.key !== key) {
      stop();
      shown = { key, bar: reporter.progress(label, total, 'steps') };
    }
    return shown.bar;
  };
  const progress: PlanWatch['progress'] = (order, done, total, note) => {
    barOf(order, total).update(done, note, total);
    if (done >= total) stop();
  };
  return { watch: { progress, ended: stop }, stop };
}

/** A bar over all jobs that are known, in the seconds that they are expected to take. */
function barOfAll(reporter: Reporter): Bar {
  let bar: Progress | undefined;
  const watch = watchOverall(({ done, total }, { label }) => {
    bar ??= reporter.progress('all jobs', total, 's of work');
    bar.update(Math.round(done), label, Math.round(total));
  });
  return { watch, stop: () => bar?.stop() };
}
