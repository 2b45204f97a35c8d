import { openGpu } from '../../src/node';
import { smallCifar } from '../nets/nets';
import { openTraining } from '../nets/training';

// The first training step of a process, warmed up as `training.warmUp` does, from `openGpu` until its loss is read. node bench/start.mjs bench/first/step.ts
// ADAPTER prints a line of JSON: milliseconds by the clock, milliseconds that all threads computed, pipelines.

const [adapter] = process.argv.slice(2);
if (adapter !== 'lavapipe' && adapter !== 'swiftshader' && adapter !== 'gpu')
  throw new Error(`bench/first/step.ts: adapter '${adapter}', expected lavapipe, swiftshader or gpu`);
const before = process.cpuUsage();
const start = performance.now();
const gpu = await openGpu({ adapter });
const training = openTraining(gpu, smallCifar);
await training.warmUp();
await training.run();
const [loss] = Array.from(await training.result());
const elapsed = performance.now() - start;
const { user, system } = process.cpuUsage(before);
const facts = { loss, elapsed, cpu: (user + system) / 1000, pipelines: gpu.runtime.pipelines.size };
process.stdout.write(`${JSON.stringify(facts)}\n`, () => process.exit(0));
