import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as ops from '../../src/ops/table';
import { readSpecialCases } from '../golden/special';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { bundle } from './bundle';
import { openBrowser, type TestBrowser } from './harness';
import { type OpRun, runOps, type Values } from './op-run';

/** Two adapters may add up in another order. */
const FORWARD = { relative: 2e-5, absolute: 2e-5 };
const GRADIENT = { relative: 1e-4, absolute: 1e-4 };

const held = useGpu();
let browser: TestBrowser;
let page: Page;
let inPage: OpRun[];
let inNode: OpRun[];
beforeAll(async () => {
  browser = await openBrowser();
  const script = await bundle(fileURLToPath(new URL('ops.page.ts', import.meta.url)));
  page = await browser.page(script);
  inPage = await page.evaluate(() => globalThis.runOpsHere());
  inNode = await runOps(held.gpu);
});
afterAll(() => browser.close());

const asRef = ({ shape, data }: Values) => ref(shape, data);

describe('every op in a browser', () => {
  test('runs over every sample of the table', () => {
    const titles = Object.values(ops).flatMap(({ record }) =>
      record.samples().map(({ title }) => `${record.name} › ${title}`),
    );
    expect(inPage.map(({ title }) => title).sort()).toEqual(titles.sort());
    expect(titles.length).toBeGreaterThan(100);
  });

  test('gives Node’s results', () => {
    for (const [i, { result }] of inPage.entries()) expectClose(result, asRef(inNode[i].result), FORWARD);
  });

  test('gives Node’s gradients', () => {
    expect(inPage.filter(({ grads }) => grads.length > 0).length).toBeGreaterThan(80);
    for (const [i, { grads }] of inPage.entries()) {
      expect(grads.length).toBe(inNode[i].grads.length);
      for (const [k, found] of grads.entries()) expectClose(found, asRef(inNode[i].grads[k]), GRADIENT);
    }
  });

  test('gives PyTorch’s results and gradients at zeros, the ends of f32, infinities and NaN', async () => {
    const { misses, compared } = await page.evaluate(
      (cases) => globalThis.compareSpecialCasesHere(cases),
      readSpecialCases(),
    );
    expect(misses).toEqual([]);
    expect(compared).toBeGreaterThan(30_000);
  });

  test('is within 2e-6 of f64 over random and critical values', async () => {
    expect(await page.evaluate(() => globalThis.impreciseHere())).toEqual([]);
  });

  test('adds up to ten million terms to 1e-6 of f64', async () => {
    expect(await page.evaluate(() => globalThis.inexactSumsHere())).toEqual([]);
  });
});
