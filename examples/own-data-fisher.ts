// Own data: signals of 16 numbers. A network learns them, tasks made of their classes are set beside each other by Fisher
// distances, a cell is searched for them, and another network learns to say a number of each signal.
import { data, fisher, nas, nn, openGpu, ops, optim, Random, type Tensor, tasks, training } from 'taskgrad';

const LENGTH = 16;
const COUNT = 240;
const random = new Random(1);

// Each signal is noise around a wave of one of three kinds, from anywhere in it.
const kinds = Int32Array.from({ length: COUNT }, (_, i) => i % 3);
const starts = Float32Array.from({ length: COUNT }, () => random.uniform());
const inputs = Float32Array.from({ length: COUNT * LENGTH }, (_, at) => {
  const [signal, time] = [Math.floor(at / LENGTH), at % LENGTH];
  const turns = (kinds[signal] + 1) * (time / LENGTH) + starts[signal] / 4;
  return Math.sin(2 * Math.PI * turns) + 0.8 * random.normal();
});
const classes = ['slow', 'middle', 'fast'];
const set = data.fromArrays({ name: 'signals', inputs, labels: kinds, shape: [LENGTH], classes });
const [train, held] = data.split(set, [0.75, 0.25], { seed: 1 });

using gpu = await openGpu();
using samples = new data.DeviceSamples(gpu, set, data.statistics(set, train.indices));
const network = (outputs: number) =>
  new nn.Sequential(new nn.Linear(gpu, LENGTH, 24), new nn.ReLU(), new nn.Linear(gpu, 24, outputs));

// Training ends where the held-out signals no longer profit, with the weights that were best for them.
const net = network(classes.length);
const history = await training.fit(net, new optim.Adam(net.parameters(), { lr: 0.02 }), samples, train, {
  name: 'signals',
  epochs: 30,
  batchSize: 32,
  seed: 1,
  validation: { split: held, patience: 3, keepBest: true },
  onEpoch: (epoch, { loss, validation }) =>
    console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, held out ${validation?.loss.toFixed(3)}`),
});
const best = Math.min(...history.map(({ validation }) => validation?.loss ?? Number.POSITIVE_INFINITY));
const { loss, accuracy } = await training.evaluate(net, samples, held, 32);
console.log(`kept: ${loss === best}, accuracy ${accuracy.toFixed(2)}`);

// A loop of one's own sees the same batches.
let seen = 0;
for await (const { labels } of data.batches(samples, train, { batchSize: 32, seed: 1, dropLast: true })) {
  seen += labels.size;
}
console.log(`${seen} of ${train.indices.length} signals in whole batches`);

// Tasks of the set: all classes, and one of them against the rest.
const specs: tasks.TaskSpec[] = [
  { id: 'signals:all', name: 'all', dataset: 'signals', kind: 'all' },
  { id: 'signals:slow', name: 'slow', dataset: 'signals', kind: 'binary', positives: ['slow'] },
  { id: 'signals:fast', name: 'fast', dataset: 'signals', kind: 'binary', positives: ['fast'] },
];
const mine = specs.map((spec) => tasks.resolveTask(spec, set));
const within = (part: data.Split) => (task: tasks.Task, seed: number) =>
  tasks.taskSplit(task, set.labels, seed, { within: part.indices });
const [trained, measured] = [within(train), within(held)];
const matrix = await fisher.distanceMatrix({
  tasks: mine,
  seeds: [0, 1],
  networkOf: async (task, seed) => {
    gpu.manualSeed(seed);
    const own = network(task.classes.length);
    await training.fit(own, new optim.Adam(own.parameters(), { lr: 0.01 }), samples, trained(task, seed), {
      name: `${task.id}, seed ${seed}`,
      epochs: 4,
      batchSize: 32,
      seed,
    });
    return own;
  },
  dataOf: (task) => ({
    classes: task.classes.length,
    batches: () => data.batches(samples, measured(task, 0), { batchSize: 32 }),
  }),
});
for (const [i, row] of matrix.frechet.mean.entries()) {
  console.log(`from ${mine[i].name}: ${row.map((distance) => distance.toFixed(2)).join(' ')}`);
}

// Cells take images [channels, height, width]: a signal is one of one row.
using images = new data.DeviceSamples(gpu, { ...set, shape: [1, 1, LENGTH], mean: [0], std: [1] });
const found = await nas.search(
  gpu,
  'random',
  { images, train, validation: held, classes: classes.length },
  {
    space: nas.standardSpace,
    nodes: 3,
    channels: 4,
    head: 'mean',
    candidates: 2,
    rounds: 1,
    stages: 1,
    weightEpochs: 2,
    alphaEpochs: 1,
    batchSize: 32,
    seed: 1,
  },
);
console.log(`cell ${found.winner.hash}, accuracy ${found.validationAccuracy.toFixed(2)}`);

// Numbers in the place of classes: where in its wave each signal starts.
const line = data.fromArrays({ name: 'starts', inputs, targets: starts, shape: [LENGTH] });
const [near, far] = data.split(line, [0.75, 0.25], { seed: 1 });
using signals = new data.DeviceSamples(gpu, line);
const error = (outputs: Tensor, targets: Tensor) => ops.abs(ops.sub(outputs, targets));
const squares = (outputs: Tensor, targets: Tensor) => ops.mean(ops.pow(ops.sub(outputs, targets), 2));
const guess = network(1);
const measures = await training.fit(guess, new optim.Adam(guess.parameters(), { lr: 0.01 }), signals, near, {
  name: 'starts',
  epochs: 20,
  batchSize: 32,
  seed: 1,
  loss: squares,
  validation: { split: far, keepBest: true, metrics: { error } },
});
const errors = measures.map(({ validation }) => validation?.metrics?.error ?? Number.NaN);
console.log(`mean error ${errors[0].toFixed(2)}, at its best ${Math.min(...errors).toFixed(2)}`);
