// A training step as JavaScript makes it and as the GPU repeats it, and where the time of it goes.
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backward, nn, openGpu, ops, optim, profiling } from 'taskgrad';

const STEPS = 20;

const gpu = await openGpu();
gpu.manualSeed(0);
const net = nn.Sequential.named({
  conv: new nn.Conv2d(gpu, 1, 8, 3, { padding: 1 }),
  relu: new nn.ReLU(),
  pool: new nn.MaxPool2d(2),
  flatten: new nn.Flatten(),
  head: new nn.Linear(gpu, 8 * 7 * 7, 4),
});
const adam = new optim.Adam(net.parameters(), { lr: 1e-2 });
const images = gpu.randn([32, 1, 14, 14], { seed: 1 });
const labels = gpu.tensor(Int32Array.from({ length: 32 }, (_, i) => i % 4));

function learn() {
  const loss = ops.crossEntropy(net.forward(images), labels);
  backward(loss);
  adam.step();
  adam.zeroGrad();
  return loss;
}

/** Milliseconds that JavaScript is busy with a step. */
async function busy(step: () => void): Promise<number> {
  step(); // compiles
  step(); // records, where it is captured
  await gpu.pace();
  const start = performance.now();
  for (let i = 0; i < STEPS; i++) step();
  return (performance.now() - start) / STEPS;
}

// A step of its own: what is made inside is freed, but for the loss.
const plain = await busy(() => gpu.scope(learn).dispose());
const step = gpu.capture(learn);
const captured = await busy(() => step.replay().dispose());
console.log(`a step takes JavaScript ${plain.toFixed(2)} ms, captured ${captured.toFixed(2)} ms`);
console.log(`after ${2 * STEPS} steps and a few the loss is ${(await step.replay().item()).toFixed(3)}`);

const profile = await gpu.profile(() => {
  for (let i = 0; i < STEPS; i++) step.replay().dispose();
});
console.log(`${profile.dispatches} dispatches took the GPU ${(1e3 * profile.gpuSeconds).toFixed(1)} ms`);
for (const { name, calls, share } of profiling.summarize(profile, 'layer'))
  console.log(`${(100 * share).toFixed(0).padStart(3)} %  ${name}, ${calls} calls`);

const [slowest] = profiling.summarize(profile, 'kernel', await gpu.limits());
console.log(`most time goes to ${slowest.name}, which is bound by ${slowest.boundBy}`);

const path = join(tmpdir(), 'taskgrad-trace.json');
await writeFile(path, JSON.stringify(profiling.chromeTrace(profile)));
console.log(`open ${path} in https://ui.perfetto.dev`);
gpu.dispose();
