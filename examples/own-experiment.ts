// An experiment of one's own as jobs: own data, own network, own plan. What is done is kept: a second run computes nothing.
import { join } from 'node:path';
import { backward, experiment, nn, openGpu, ops, optim, training } from 'taskgrad';

const SEEDS = [0, 1, 2];

// 256 points in the plane. Label 1 is for those in a ring.
const points = Float32Array.from({ length: 512 }, (_, i) => 2 * Math.sin(12.9898 * (i + 1)));
const labels = Int32Array.from({ length: 256 }, (_, i) => {
  const radius = Math.hypot(points[2 * i], points[2 * i + 1]);
  return Number(Math.abs(radius - 1.2) < 0.5);
});
const rings = experiment.dataset('rings', { points, labels });

/** Trains a network of one hidden layer. Its loss is the value, its weights are a file. */
const train = experiment.defineKind({
  name: 'train',
  version: 1,
  check: Number,
  run: async ({ gpu, file }, { data, width, seed }: { data: typeof rings; width: number; seed: number }) => {
    gpu.manualSeed(seed);
    const net = new nn.Sequential(new nn.Linear(gpu, 2, width), new nn.ReLU(), new nn.Linear(gpu, width, 2));
    const inputs = gpu.tensor(data.content.points, [256, 2]);
    const targets = gpu.tensor(data.content.labels);
    const adam = new optim.Adam(net.parameters(), { lr: 0.02 });
    const step = gpu.capture(() => {
      const loss = ops.crossEntropy(net.forward(inputs), targets);
      backward(loss);
      adam.step();
      adam.zeroGrad();
      return loss;
    });
    for (let i = 0; i < 199; i++) step.replay();
    const value = await step.replay().item();
    await training.saveTensors(file('net.safetensors'), net.stateDict());
    return { value, files: ['net.safetensors'] };
  },
});

/** The mean loss over seeds, of narrow and wide networks. */
const plan = async (job: experiment.Job) => {
  const meanLoss = async (width: number) => {
    const nets = await Promise.all(SEEDS.map((seed) => job(train, { data: rings, width, seed })));
    return nets.reduce((sum, { value }) => sum + value, 0) / SEEDS.length;
  };
  const [narrow, wide] = await Promise.all([meanLoss(2), meanLoss(16)]);
  return { narrow, wide };
};

const gpu = await openGpu();
const store = experiment.folderStore(process.env.STORE ?? join('runs', 'store'));
const { narrow, wide } = await experiment.run(plan, { gpu, store });
console.log(`loss of 2 hidden units ${narrow.toFixed(2)}, of 16 ${wide.toFixed(2)}`);
gpu.dispose();
