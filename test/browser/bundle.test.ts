import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as Taskgrad from '../../src/browser';
import { bundle } from './bundle';
import { openBrowser, type TestBrowser } from './harness';

declare global {
  /** What a page finds in the bundle. */
  var taskgrad: typeof Taskgrad;
}

const IMPORTS_IT = `import * as taskgrad from '/taskgrad.js';
globalThis.taskgrad = taskgrad;`;
const HEAP_GROWTH_BYTES = 2 << 20;

let browser: TestBrowser;
let code: string;
beforeAll(async () => {
  code = await bundle(fileURLToPath(new URL('../../src/browser.ts', import.meta.url)));
  browser = await openBrowser({ flags: ['--enable-precise-memory-info'] });
  browser.server.put('/taskgrad.js', { type: 'text/javascript', body: code });
});
afterAll(() => browser.close());

/** Trains a small network and says what its loss was, and how much memory was in use, on the way. */
const train = (page: Page, steps: number) =>
  page.evaluate(async (steps) => {
    const { openGpu, nn, ops, optim, backward } = globalThis.taskgrad;
    const gpu = await openGpu();
    gpu.manualSeed(5);
    const net = new nn.Sequential(
      ...[new nn.Conv2d(gpu, 1, 4, 3, { padding: 1 }), new nn.ReLU(), new nn.MaxPool2d(2)],
      ...[new nn.Flatten(), new nn.Linear(gpu, 64, 3)],
    );
    const adam = new optim.Adam(net.parameters(), { lr: 1e-2 });
    const x = gpu.randn([6, 1, 8, 8], { seed: 1 });
    const labels = gpu.tensor(Int32Array.of(0, 1, 2, 0, 1, 2), [6]);
    const lossOf = () => ops.crossEntropy(net.forward(x), labels);
    await gpu.warmUp(() => {
      backward(lossOf());
      adam.zeroGrad();
    });
    const losses: number[] = [];
    const memory: Taskgrad.MemoryUsage[] = [];
    for (let step = 1; step <= steps; step++) {
      const loss = gpu.scope(() => {
        const loss = lossOf();
        backward(loss);
        adam.step();
        adam.zeroGrad();
        return loss;
      });
      if (step % 20 === 0) losses.push(await loss.item());
      loss.dispose();
      await gpu.pace();
      if (step % 100 === 0) memory.push(gpu.memory());
    }
    gpu.dispose();
    return { losses, memory };
  }, steps);

/** Bytes of the page's heap that are still reachable. */
async function liveHeap(page: Page): Promise<number> {
  await page.requestGC();
  return page.evaluate(
    () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
  );
}

describe('the browser bundle', () => {
  test('has nothing of Node in it', () => {
    const specifiers = [...code.matchAll(/(?:from|import|require)\s*\(?\s*["']([^"'\n]+)["']/g)].map(
      ([, specifier]) => specifier,
    );
    const builtins = new Set(builtinModules);
    expect(specifiers.filter((name) => name.startsWith('node:') || builtins.has(name))).toEqual([]);
    expect(code).not.toMatch(/\bnode:|\bprocess\.(env|platform|versions)\b/);
  });

  test('computes a convolution and its gradients in a plain module script', async () => {
    const page = await browser.page(IMPORTS_IT);
    const found = await page.evaluate(async () => {
      const { openGpu, ops, backward } = globalThis.taskgrad;
      const gpu = await openGpu();
      const x = gpu.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3], { requiresGrad: true });
      const w = gpu.tensor([1, -1, 2, 3], [1, 1, 2, 2], { requiresGrad: true });
      const y = ops.conv2d(x, w);
      backward(ops.sum(y));
      const list = async (tensor: Taskgrad.Tensor | null) => [...((await tensor?.data()) ?? [])];
      const [adapter, ...values] = [gpu.adapter, await list(y), await list(x.grad), await list(w.grad)];
      gpu.dispose();
      return { adapter, values };
    });
    expect(found.adapter.kind).toBe('swiftshader');
    expect(found.adapter.hint).toContain('hardware acceleration');
    expect(found.values).toEqual([
      [1 - 2 + 8 + 15, 2 - 3 + 10 + 18, 4 - 5 + 14 + 24, 5 - 6 + 16 + 27],
      [1, 0, -1, 3, 5, 2, 2, 5, 3],
      [12, 16, 24, 28],
    ]);
    await page.close();
  });

  test('says what to do where the browser has no WebGPU', async () => {
    const page = await browser.page(IMPORTS_IT);
    const said = await page.evaluate(async () => {
      Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => null } });
      return globalThis.taskgrad.openGpu().catch((error: Error) => `${error.name}: ${error.message}`);
    });
    expect(said).toMatch(/GpuUnavailableError: .*no adapter.*Chrome or Edge 113\+/);
    await page.close();
  });

  test('makes a thousand steps without growth of memory', async () => {
    const page = await browser.page(IMPORTS_IT);
    await train(page, 100);
    const before = await liveHeap(page);
    const { losses, memory } = await train(page, 1000);
    expect((await liveHeap(page)) - before).toBeLessThan(HEAP_GROWTH_BYTES);
    expect(memory.slice(1)).toEqual(memory.slice(1).fill(memory[0]));
    expect(losses[losses.length - 1]).toBeLessThan(0.05 * losses[0]);
    await page.close();
  });

  test('trains in two pages at once as in one', async () => {
    const pages = [await browser.page(IMPORTS_IT), await browser.page(IMPORTS_IT)];
    const alone = await train(pages[0], 60);
    const together = await Promise.all(pages.map((page) => train(page, 60)));
    expect(together.map(({ losses }) => losses)).toEqual([alone.losses, alone.losses]);
    for (const page of pages) await page.close();
  });
});
