import { afterEach, describe, expect, test } from 'vitest';
import { makeProgram, type Program } from './child';

let program: Program;
afterEach(() => program.remove());

const compute = `
const gpu = await engine.openGpu();
const w = gpu.tensor([1, 2, 3], [3], { requiresGrad: true });
engine.backward(engine.ops.sum(engine.ops.mul(w, w)));
console.log([...(await w.grad!.data())].join(' '));`;

async function expectCleanEnd(body: string): Promise<void> {
  program = await makeProgram(body);
  const { code, stdout, stderr } = await program.run(); // killed, without a code, if it stays
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '2 4 6\n' });
}

describe('a process that opened a GPU', () => {
  test('ends by itself after dispose()', () => expectCleanEnd(`${compute}\ngpu.dispose();`));

  test('ends by itself when dispose() was forgotten', () => expectCleanEnd(compute));

  test('ends by itself when work was still under way at dispose()', () =>
    expectCleanEnd(`${compute}
for (let i = 0; i < 300; i++) engine.ops.exp(w).dispose();
const late = w.data().then(() => 'read', (error) => error.code);
gpu.dispose();
if ((await late) !== 'GPU_DISPOSED') process.exitCode = 3;`));

  test('ends with the code of an exception that nobody caught', async () => {
    program = await makeProgram(`${compute}\nthrow new Error('on purpose');`);
    const { code, stderr } = await program.run();
    expect(code).toBe(1);
    expect(stderr).toContain('on purpose');
  });
});
