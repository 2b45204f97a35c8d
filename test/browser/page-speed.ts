import type { Page } from 'playwright-core';

declare global {
  /** What a page has been seen to do. */
  var pageSpeed: {
    /** Sum of layout shifts that no input explains, as Google's Web Vitals. */
    shift: number;
    /** What moved, for people: selectors of the largest shifts. */
    moved: string[];
    /** Long tasks (50 ms and more) of the main thread, in ms. */
    tasks: number[];
  };
}

/** Adds up layout shifts in `pageSpeed.shift`, on this page from its next address on. */
export async function watchShift(page: Page): Promise<void> {
  await page.addInitScript(() => {
    globalThis.pageSpeed ??= { shift: 0, moved: [], tasks: [] };
    const pathOf = (node: Node | null): string => {
      if (!(node instanceof Element)) return `${node?.nodeName}`;
      const heading = node.querySelector('h2')?.textContent ?? '';
      return `${node.tagName.toLowerCase()}.${node.className} ${heading}`.trim();
    };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const shift = entry as PerformanceEntry & {
          value: number;
          hadRecentInput: boolean;
          sources?: { node: Node | null }[];
        };
        if (shift.hadRecentInput) continue;
        globalThis.pageSpeed.shift += shift.value;
        const moved = shift.sources?.map(({ node }) => pathOf(node)).join(', ');
        globalThis.pageSpeed.moved.push(`${shift.value.toFixed(4)} ${moved}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** Notes long tasks in `pageSpeed.tasks`, on this page from its next address on. */
export async function watchLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    globalThis.pageSpeed ??= { shift: 0, moved: [], tasks: [] };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.pageSpeed.tasks.push(duration);
    }).observe({ type: 'longtask', buffered: true });
  });
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Time of the thread's own, in µs: that of other programs on a busy machine is not in it. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Tasks of the page's main thread while something is done: how long each kept the processor busy, in ms, longest first. */
export async function mainThreadTasks(page: Page, work: () => Promise<unknown>): Promise<number[]> {
  const browser = page.context().browser();
  if (!browser) throw new Error('the page has no browser to be traced in');
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString());
  const threads = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const tasksOf = ({ pid, tid }: TraceEvent) =>
    traceEvents
      .filter((event) => event.pid === pid && event.tid === tid && event.name.endsWith('RunTask'))
      .map(({ tdur = 0 }) => tdur / 1000)
      .sort((a, b) => b - a);
  const busy = (tasks: readonly number[]) => tasks.reduce((sum, ms) => sum + ms, 0);
  const [own = []] = threads.map(tasksOf).sort((a, b) => busy(b) - busy(a));
  return own;
}
