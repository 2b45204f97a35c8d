import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type * as Taskgrad from '../../src/browser';
import { bundle } from './bundle';
import { openBrowser } from './harness';

declare global {
  /** What a page finds in the bundle. */
  var taskgrad: typeof Taskgrad;
}

const IMPORTS_IT = `import * as taskgrad from '/taskgrad.js';
globalThis.taskgrad = taskgrad;`;

test('a captured step of a page runs its JavaScript twice, and ends bit for bit like a plain one', async () => {
  const browser = await openBrowser();
  try {
    const code = await bundle(fileURLToPath(new URL('../../src/browser.ts', import.meta.url)));
    browser.server.put('/taskgrad.js', { type: 'text/javascript', body: code });
    const page = await browser.page(IMPORTS_IT);
    const [plain, captured] = await page.evaluate(async () => {
      const { openGpu, nn, ops, optim, backward } = globalThis.taskgrad;
      const gpu = await openGpu();
      const train = async (capture: boolean) => {
        gpu.manualSeed(5);
        const net = new nn.Sequential(
          new nn.Linear(gpu, 8, 6),
          new nn.Dropout(0.3),
          new nn.Linear(gpu, 6, 3),
        );
        const adam = new optim.Adam(net.parameters(), { lr: 1e-2 });
        const labels = gpu.tensor(Int32Array.of(0, 1, 2, 0), [4]);
        let passes = 0;
        const work = () => {
          passes += 1;
          const loss = ops.crossEntropy(net.forward(gpu.randn([4, 8])), labels);
          backward(loss);
          optim.clipGradNorm(net.parameters(), 0.5).dispose();
          adam.step();
          adam.zeroGrad();
          return loss;
        };
        const step = gpu.capture(work);
        const losses: number[] = [];
        for (let i = 0; i < 12; i++) {
          const loss = capture ? step.replay() : gpu.scope(work);
          losses.push(await loss.item());
          loss.dispose();
        }
        step.dispose();
        const weights = await Promise.all([...net.parameters().values()].map((w) => w.data()));
        return { passes, losses, weights: weights.flatMap((values) => [...values]) };
      };
      const runs = [await train(false), await train(true)];
      gpu.dispose();
      return runs;
    });
    expect(plain.passes).toBe(12);
    expect(new Set(plain.losses).size).toBe(12);
    expect(captured).toEqual({ ...plain, passes: 2 });
  } finally {
    await browser.close();
  }
});
