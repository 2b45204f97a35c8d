import type { Page } from 'playwright-core';
import { bundle } from '../../test/browser/bundle';
import { openBrowser, type TestBrowser } from '../../test/browser/harness';
import { type Bench, isWanted, type Suite } from '../bench';
import { trustedRows } from '../case';
import { median } from '../contest';
import { smallCifar } from '../nets/nets';
import { openNet } from '../nets/training';
import type { FirstStep, PageLibrary, Shapes } from '../page/page';
import type { Rival, Row } from '../row';

const ENTRY = 'bench/page/page.ts';
const SCRIPT = '/bench.js';
const ADAPTER = 'Chromium';
const RIVALS = ['jax-js', 'tfjs-webgpu'] as const;
/** Browsers a library; each begins with no shader compiled. */
const FIRST_STEPS = 3;
const LOSS_TOLERANCE = 1e-4;

interface OpenPage {
  readonly browser: TestBrowser;
  readonly page: Page;
}

/** A browser whose page has all libraries. @throws Error where there is no Chromium */
async function openPage(code: string): Promise<OpenPage> {
  const browser = await openBrowser();
  browser.server.put(SCRIPT, { type: 'text/javascript', body: code });
  return { browser, page: await browser.page(`import '${SCRIPT}';`) };
}

type Facts = Pick<Row, 'work' | 'shape' | 'target' | 'adapter' | 'unit'>;

/** A row against jax-js, which has the target, and one against tfjs. */
function rowsOf(facts: Facts, ours: Pick<Row, 'ours' | 'timing'>, rivals: readonly Rival[]): Row[] {
  const { target, ...rest } = facts;
  return rivals.map((rival, i) => ({ ...rest, ...ours, rival, ...(i === 0 ? { target } : {}) }));
}

async function* workRows(page: Page, work: number, facts: Facts, quick: boolean): AsyncGenerator<Row> {
  const [ours, ...theirs] = await page.evaluate(([work, quick]) => globalThis.pageBench.run(work, quick), [
    work,
    quick,
  ] as const);
  const rivals = theirs.map((timing, i) => ({ name: RIVALS[i], value: timing.median, timing }));
  yield* rowsOf(facts, { ours: ours.median, timing: ours }, rivals);
}

/** In a browser of its own. */
async function firstStep(code: string, library: PageLibrary, shapes: Shapes): Promise<FirstStep> {
  const { browser, page } = await openPage(code);
  try {
    return await page.evaluate(([library, shapes]) => globalThis.pageBench.first(library, shapes), [
      library,
      shapes,
    ] as const);
  } finally {
    await browser.close();
  }
}

/** @throws Error if losses differ */
async function* firstRows(bench: Bench, code: string, facts: Facts): AsyncGenerator<Row> {
  const { net, state } = openNet(bench.gpu, smallCifar);
  net.dispose();
  const shapes = [...state].map(([name, { shape }]) => [name, shape] as const);
  const steps = new Map<PageLibrary, FirstStep[]>();
  for (let i = 0; i < (bench.quick ? 1 : FIRST_STEPS); i++)
    for (const library of ['taskgrad', ...RIVALS] as const) {
      const step = await firstStep(code, library, shapes);
      steps.set(library, [...(steps.get(library) ?? []), step]);
    }
  const [ours, ...theirs] = [...steps].map(([name, of]) => ({
    name,
    loss: of[0].loss,
    value: median(of.map(({ milliseconds }) => milliseconds)),
  }));
  for (const { name, loss } of theirs) {
    if (Math.abs(loss / ours.loss - 1) <= LOSS_TOLERANCE) continue;
    throw new Error(`the loss of the first step is ${ours.loss}, and ${loss} in ${name}`);
  }
  yield* rowsOf(facts, { ours: ours.value }, theirs);
}

const FIRST: Facts = {
  work: 'first step',
  shape: `${smallCifar.name}, ${smallCifar.images.join('×')}`,
  adapter: ADAPTER,
  unit: 'ms',
  target: { of: 'ratio', atLeast: 2 },
};

async function* browserRows(bench: Bench, { browser, page }: OpenPage): AsyncGenerator<Row> {
  const adapter = await page.evaluate(() => globalThis.pageBench.open());
  process.stderr.write(`page: Chromium ${browser.version} on ${adapter}\n`);
  const works = await page.evaluate(() => globalThis.pageBench.works);
  for (const [i, work] of works.entries()) {
    const facts: Facts = { ...work, adapter: ADAPTER, unit: 'ms' };
    if (isWanted(bench, facts)) yield* trustedRows(facts, workRows(page, i, facts, bench.quick));
  }
}

/** Our engine in a page of Chromium, beside jax-js and tfjs on the same adapter; left out with a word where there is none. */
export const pageSuite: Suite = {
  name: 'page',
  rows: async function* (bench) {
    const code = await bundle(ENTRY);
    const opened = await openPage(code).catch((error: Error) => error.message);
    if (typeof opened === 'string') {
      process.stderr.write(`page: left out: no Chromium: ${opened}\n`);
      return;
    }
    try {
      yield* trustedRows({ ...FIRST, work: 'page' }, browserRows(bench, opened));
    } finally {
      await opened.browser.close();
    }
    if (isWanted(bench, FIRST)) yield* trustedRows(FIRST, firstRows(bench, code, FIRST));
  },
};
