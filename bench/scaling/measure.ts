import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { backward } from '../../src/autograd/backward';
import { makeNetwork, NETWORK_NAMES } from '../../src/models/catalogue';
import { openGpu } from '../../src/node';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { Adam } from '../../src/optim/adam';
import type { Gpu } from '../../src/tensor/gpu';
import type { Measured } from './measured';
import { queueCost } from './queue-cost';

const IMAGE = [3, 32, 32] as const;
/** Images of a step whose work is counted, and of the one of vgg16 that is timed. */
const COUNTED = 2;
const TIMED = 16;
const TIMED_NETWORK = 'vgg16';
const HASHED_BYTES = 2 ** 28;

const jobsFile = z.object({
  store: z.string(),
  jobs: z.array(z.object({ key: z.string(), kind: z.string(), seconds: z.number() })),
});
const jobFile = z.object({
  content: z.object({
    value: z.union([z.object({ steps: z.number().optional() }), z.unknown()]),
    files: z.array(z.object({ bytes: z.number() })),
  }),
});

/** @param out folder of a run with preset quick @param worker see `queueCost` */
export async function measure(out: string, worker: readonly string[]): Promise<Measured> {
  const queue = await queueCost(worker);
  process.stderr.write('the queue is measured\n');
  const gpu = await openGpu({ adapter: 'lavapipe' });
  const networks: [string, { parameters: number; gflop: number }][] = [];
  for (const name of NETWORK_NAMES) {
    const { parameters, flops } = await stepOf(gpu, name, COUNTED);
    networks.push([name, { parameters, gflop: rounded(flops / 1e9 / COUNTED) }]);
    process.stderr.write(`${name} is counted\n`);
  }
  const { flops, seconds } = await stepOf(gpu, TIMED_NETWORK, TIMED);
  const at = `${new Date().toISOString().slice(0, 10)}, ${gpu.adapter.description}, ${availableParallelism()} cores of ${cpus()[0].model}`;
  gpu.dispose();
  return {
    at,
    jobs: jobsOf(out),
    networks: Object.fromEntries(networks),
    gflopsPerSecond: rounded(flops / seconds / 1e9),
    hashBytesPerSecond: rounded(hashRate()),
    queue,
  };
}

function jobsOf(out: string): Measured['jobs'] {
  const { store, jobs } = jobsFile.parse(JSON.parse(readFileSync(join(out, 'jobs.json'), 'utf8')));
  return jobs.map(({ key, kind, seconds }) => {
    const path = join(out, store, 'artefacts', key.slice(0, 2), key, 'job.json');
    const { value, files } = jobFile.parse(JSON.parse(readFileSync(path, 'utf8'))).content;
    const { steps } = z.object({ steps: z.number().optional() }).catch({}).parse(value);
    const bytes = files.reduce((sum, file) => sum + file.bytes, statSync(path).size);
    return { kind, seconds: rounded(seconds), ...(steps !== undefined && { steps }), bytes };
  });
}

/** A training step with Adam: what it computes, and the CPU time of all cores. */
async function stepOf(gpu: Gpu, name: string, batch: number) {
  const [channels, size] = IMAGE;
  const net = makeNetwork(gpu, name, { classes: 10, channels, size, width: 1 });
  const optimizer = new Adam(net.parameters(), { lr: 1e-3 });
  const images = gpu.randn([batch, ...IMAGE]);
  const labels = gpu.tensor(new Int32Array(batch), [batch]);
  const step = async () => {
    gpu.scope(() => {
      gpu.scope(() => backward(crossEntropy(net.forward(images), labels)));
      optimizer.step();
      optimizer.zeroGrad();
    });
    await gpu.runtime.idle();
  };
  const { kernels } = await gpu.profile(step);
  const flops = kernels.reduce((sum, { flops = 0, calls }) => sum + flops * calls, 0);
  const begun = process.cpuUsage();
  await step();
  const { user, system } = process.cpuUsage(begun);
  const parameters = net.parameterCount();
  for (const one of [net, optimizer, images, labels]) one.dispose();
  return { parameters, flops, seconds: (user + system) / 1e6 / availableParallelism() };
}

function hashRate(): number {
  const bytes = new Uint8Array(HASHED_BYTES);
  const begun = process.cpuUsage();
  createHash('sha256').update(bytes).digest();
  const { user, system } = process.cpuUsage(begun);
  return HASHED_BYTES / ((user + system) / 1e6);
}

const rounded = (value: number): number => Number(value.toPrecision(4));
