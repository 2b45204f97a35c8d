import type { Watch } from '../experiment/execute.node';
import type { Order } from '../experiment/order.node';
import { appendEvent } from './log';
import type { Progress, Reporter } from './progress';

/** Shows jobs while they are done: a bar for the one under way, and what they say. */
export function watchJobs(
  reporter: Reporter,
  log: string,
  also: Partial<Watch> = {},
): Watch & { [Symbol.dispose](): void } {
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
  return {
    progress: (order, done, total, note) => {
      barOf(order, total).update(done, note, total);
      also.progress?.(order, done, total, note);
      if (done >= total) stop();
    },
    say: (order, text, event = {}) => {
      const named = { ...event, job: order.label };
      reporter.say(`${order.label}: ${text}`, named);
      appendEvent(log, named);
      also.say?.(order, text, event);
    },
    log: (order, event) => {
      const named = { ...event, job: order.label };
      reporter.log(named);
      appendEvent(log, named);
      also.log?.(order, event);
    },
    note: (text) => {
      reporter.say(text);
      also.note?.(text);
    },
    [Symbol.dispose]: stop,
  };
}
