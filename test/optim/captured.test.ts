import { expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { mul } from '../../src/ops/arithmetic';
import { sum } from '../../src/ops/reduction';
import { Adam, AdamW } from '../../src/optim/adam';
import { clipGradNorm } from '../../src/optim/clip';
import { OneCycleLR } from '../../src/optim/one-cycle';
import type { GroupOptions, Optimizer } from '../../src/optim/public';
import { RMSprop } from '../../src/optim/rmsprop';
import { SGD } from '../../src/optim/sgd';
import { useGpu } from '../use-gpu';

const held = useGpu();
const STEPS = 12;
type Groups = readonly GroupOptions<{ lr: number }>[];
const OPTIMIZERS: [string, (groups: Groups) => Optimizer][] = [
  ['SGD', (groups) => new SGD(groups, { lr: 0.1, momentum: 0.9 })],
  ['Adam with AMSGrad', (groups) => new Adam(groups, { amsgrad: true, weightDecay: 0.01 })],
  ['AdamW', (groups) => new AdamW(groups)],
  ['RMSprop, centred', (groups) => new RMSprop(groups, { centered: true, momentum: 0.9, weightDecay: 0.01 })],
];

test.each(OPTIMIZERS)(
  'a captured step of %s in groups, with clipped gradients, follows every option that changes',
  async (_, open) => {
    const { gpu } = held;
    const run = async (capture: boolean) => {
      const [a, b] = [
        gpu.tensor([0.5, -1, 2], [3], { requiresGrad: true }),
        gpu.tensor([1.5, 0.25], [2], { requiresGrad: true }),
      ];
      const optimizer = open([{ params: new Map([['w', a]]) }, { params: new Map([['w', b]]), lr: 0.02 }]);
      const schedule = new OneCycleLR(optimizer, { maxLr: [0.1, 0.05], totalSteps: STEPS });
      let passes = 0;
      const work = () => {
        passes += 1;
        gpu.scope(() => backward(mul(sum(mul(mul(a, a), a)), sum(mul(b, b)))));
        const norm = clipGradNorm([a, b], 0.75);
        optimizer.step();
        optimizer.zeroGrad();
        return norm;
      };
      const step = gpu.capture(work);
      const norms: number[] = [];
      for (let i = 0; i < STEPS; i++) {
        const norm = capture ? step.replay() : work();
        norms.push(await norm.item());
        norm.dispose();
        schedule.step();
        for (const group of optimizer.paramGroups) group.weightDecay += 0.01;
      }
      step.dispose();
      const { steps, tensors } = optimizer.state();
      const all = [['a', a] as const, ['b', b] as const, ...tensors];
      const values = await Promise.all(all.map(async ([name, tensor]) => [name, ...(await tensor.data())]));
      optimizer.dispose();
      return { passes, norms, steps, values };
    };
    const plain = await run(false);
    expect(plain.passes).toBe(STEPS);
    expect(new Set(plain.norms).size).toBe(STEPS);
    expect(await run(true)).toEqual({ ...plain, passes: 2 });
  },
);
