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
const BROKEN = `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(1)
fn main() { out[0] = missing(f32(params.count)); }`;

test('in a page, too, an invalid dispatch is left out alone, and a wrong element type is refused at the call', async () => {
  const browser = await openBrowser();
  try {
    const code = await bundle(fileURLToPath(new URL('../../src/browser.ts', import.meta.url)));
    browser.server.put('/taskgrad.js', { type: 'text/javascript', body: code });
    const page = await browser.page(IMPORTS_IT);
    const found = await page.evaluate(async (source) => {
      const { openGpu, ops, DTypeError } = globalThis.taskgrad;
      const gpu = await openGpu();
      const nameOf = (error: unknown) => (error instanceof Error ? error.name : String(error));
      const before = ops.matmul(gpu.ones([2, 2]), gpu.ones([2, 2]));
      const bad = gpu.empty([4]);
      const kernel = { name: 'broken', source };
      gpu.kernels.run(kernel, { outputs: [bad], inputs: [], uniforms: { count: 4 }, groups: 1 });
      const derived = ops.matmul(ops.reshape(bad, [2, 2]), before);
      const after = ops.matmul(before, before);
      let refused: unknown;
      try {
        ops.add(gpu.tensor(Int32Array.of(1, 2), [2]), 1);
      } catch (error) {
        refused = error;
      }
      const result = {
        before: [...(await before.data())],
        bad: await bad.data().then(String, nameOf),
        derived: await derived.data().then(String, nameOf),
        after: [...(await after.data())],
        refused: refused instanceof DTypeError,
      };
      gpu.dispose();
      return result;
    }, BROKEN);
    expect(found).toEqual({
      before: [2, 2, 2, 2],
      bad: 'ShaderCompileError',
      derived: 'ShaderCompileError',
      after: [8, 8, 8, 8],
      refused: true,
    });
  } finally {
    await browser.close();
  }
});
