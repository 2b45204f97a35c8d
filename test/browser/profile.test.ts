import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from './bundle';
import { openBrowser, type TestBrowser } from './harness';

/** Browsers round timestamps, so that a kernel may seem this much longer than it was. */
const ROUNDING_SECONDS = 1e-4;

let browser: TestBrowser;
beforeAll(async () => {
  const body = await bundle(fileURLToPath(new URL('../../src/browser.ts', import.meta.url)));
  browser = await openBrowser();
  browser.server.put('/taskgrad.js', { type: 'text/javascript', body });
});
afterAll(() => browser.close());

test('a profile in a browser › times and tags every dispatch, and makes a trace', async () => {
  const page = await browser.page(`import * as taskgrad from '/taskgrad.js';
globalThis.taskgrad = taskgrad;`);
  const { profile, rows, events } = await page.evaluate(async () => {
    const { openGpu, nn, ops, optim, backward, profiling } = globalThis.taskgrad;
    const gpu = await openGpu();
    const net = new nn.Sequential(new nn.Linear(gpu, 64, 32), new nn.ReLU(), new nn.Linear(gpu, 32, 3));
    const adam = new optim.Adam(net.parameters());
    const x = gpu.randn([16, 64], { seed: 1 });
    const labels = gpu.tensor(new Int32Array(16), [16]);
    const step = () =>
      gpu.scope(() => {
        backward(ops.crossEntropy(net.forward(x), labels));
        adam.step();
        adam.zeroGrad();
      });
    step();
    const profile = await gpu.profile(async () => {
      for (let i = 0; i < 3; i++) step();
    });
    gpu.dispose();
    const rows = profiling.summarize(profile, 'op');
    return { profile, rows, events: profiling.chromeTrace(profile).traceEvents };
  });
  expect(profile.adapter.kind).toBe('swiftshader');
  expect(['timestamp-query', 'wall-clock']).toContain(profile.source);
  expect(profile.kernels.reduce((sum, { calls }) => sum + calls, 0)).toBe(profile.dispatches);
  expect(profile.gpuSeconds).toBeLessThanOrEqual(profile.wallSeconds + profile.dispatches * ROUNDING_SECONDS);
  const updates = profile.kernels.filter(({ phase }) => phase === 'optimiser');
  const layers = updates.map(({ op, layer }) => `${op} ${layer}`).sort(); // the profile has the slowest first
  // A launch each: SwiftShader computes the lines of all tensors of a launch for every one.
  expect(layers).toEqual(['Adam 0.bias', 'Adam 0.weight', 'Adam 2.bias', 'Adam 2.weight']);
  const tags = profile.kernels.map(({ phase, op, layer }) => `${phase} ${op} ${layer}`);
  expect(tags).toEqual(expect.arrayContaining(['forward linear 0', 'backward linear 2', 'backward relu 0']));
  const launches = updates.reduce((sum, { calls }) => sum + calls, 0);
  expect(launches).toBe(3 * layers.length);
  expect(rows.find(({ name }) => name === 'Adam optimiser')?.calls).toBe(launches);
  expect(events.filter(({ ph, pid, tid }) => ph === 'X' && pid === 2 && tid === 2)).toHaveLength(
    profile.gpu.length,
  );
});
