import { Flatten, Linear, ReLU, Sequential } from '../../../src/nn/layers';
import { openGpu } from '../../../src/node';
import { Adam } from '../../../src/optim/adam';
import type { Gpu } from '../../../src/tensor/gpu';
import { learn } from '../../../src/training/learn';
import { RunningStats } from '../../../src/training/stats';
import { casesOf, countText, type Effort, type Soak } from '../kind';
import { growth, usage, usageText } from '../usage';

const STEPS = 20_000;
/** Caches and pools fill in a first part. */
const FIRST = 0.1;
/** Steps between looks at the loss. */
const LOOK = 64;
const MOST = { descriptors: 2, threads: 4, maps: 400, rss: 64, heap: 6 };

/** Training steps, run by JavaScript and replayed: what they hold does not grow. */
export const memorySoak: Soak = {
  name: 'memory',
  does: `${countText(STEPS)} training steps, eager and captured each: GPU bytes, heap, descriptors, maps and RSS stay flat`,
  async run(effort) {
    const [eager, captured] = [await train(effort, false), await train(effort, true)];
    return {
      figures: `${eager.figures}; ${captured.figures}`,
      faults: [...eager.faults, ...captured.faults],
    };
  },
};

async function train(effort: Effort, isCaptured: boolean) {
  const kind = isCaptured ? 'captured' : 'eager';
  const gpu = await openGpu();
  try {
    const step = training(gpu, isCaptured);
    const wanted = casesOf(STEPS, effort);
    const first = Math.ceil(FIRST * wanted);
    let made = 0;
    const until = async (end: number) => {
      for (; made < end && !effort.isOver(); made++) {
        await step(made);
        if (made % 5000 === 4999) effort.say(`${countText(made + 1)} ${kind} steps`);
      }
      await gpu.runtime.idle();
    };
    await until(first);
    const before = await usage();
    const { tensors, buffers, bytesInUse, bytesPooled } = gpu.memory();
    await until(wanted);
    const after = await usage();
    const faults = growth(`${kind} steps`, before, after, MOST);
    const now = gpu.memory();
    if (now.tensors !== tensors) faults.push(`${kind} steps: tensors ${tensors} → ${now.tensors}`);
    const [was, is] = [bytesInUse + bytesPooled, now.bytesInUse + now.bytesPooled];
    if (is > was)
      faults.push(`${kind} steps: GPU bytes ${was} → ${is} in ${buffers} → ${now.buffers} buffers`);
    const memory = `GPU bytes ${countText(was)} → ${countText(is)}, ${usageText(before, after)}`;
    return { figures: `${countText(made)} of ${countText(wanted)} ${kind} steps, ${memory}`, faults };
  } finally {
    gpu.dispose();
  }
}

/** A small network, its optimiser, and a step of it on images that are drawn anew. */
function training(gpu: Gpu, isCaptured: boolean): (number: number) => Promise<void> {
  const net = new Sequential(new Flatten(), new Linear(gpu, 64, 16), new ReLU(), new Linear(gpu, 16, 4));
  const adam = new Adam(net.parameters(), { lr: 1e-3 });
  const stats = new RunningStats(gpu);
  const labels = gpu.tensor(Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3), [8]);
  let number = 0;
  const work = () => {
    learn(gpu, adam, () => ({ inputs: gpu.randn([8, 1, 8, 8]), labels }), {
      forward: (inputs) => net.forward(inputs),
      stats,
      number: gpu.varying(() => number),
    });
  };
  const captured = isCaptured ? gpu.capture(work) : undefined;
  return async (now) => {
    number = now;
    if (captured) captured.replay();
    else work();
    await gpu.pace();
    if (now % LOOK === LOOK - 1) await stats.read();
  };
}
