// Tasks on texts: an LSTM learns each of three, and Fisher distances say which of them are alike.
import { backward, fisher, models, openGpu, ops, optim, Random, tasks } from 'taskgrad';

const TEXTS = 128;
const LENGTH = 6;
const WORDS = 6;
const SEEDS = [0, 1];

// Texts are words 0 to 5 at random. Two of the tasks ask for words, which differ; the third asks for an order.
const random = new Random(1);
const texts = Int32Array.from({ length: TEXTS * LENGTH }, () => random.int(WORDS));
const textOf = (i: number) => [...texts.subarray(i * LENGTH, (i + 1) * LENGTH)];
const count = (text: number[], word: number) => text.filter((one) => one === word).length;
const rules: Record<string, (text: number[]) => boolean> = {
  'more 1 than 2': (text) => count(text, 1) > count(text, 2),
  'more 1 than 3': (text) => count(text, 1) > count(text, 3),
  'ends in 4 or 5': (text) => text[LENGTH - 1] >= 4,
};
const labels = Object.fromEntries(
  Object.entries(rules).map(([name, rule]) => [
    name,
    Int32Array.from({ length: TEXTS }, (_, i) => Number(rule(textOf(i)))),
  ]),
);

const gpu = await openGpu();
const inputs = gpu.tensor(texts, [TEXTS, LENGTH]);
const targets = Object.fromEntries(Object.entries(labels).map(([name, given]) => [name, gpu.tensor(given)]));

/** Trains an LSTM on all texts, 40 steps. */
async function learn(name: string, seed: number): Promise<models.LstmClassifier> {
  gpu.manualSeed(seed);
  const net = new models.LstmClassifier(gpu, { classes: 2, words: WORDS, features: 8, hidden: 12 });
  const adam = new optim.Adam(net.parameters(), { lr: 0.02 });
  const step = gpu.capture(() => {
    const loss = ops.crossEntropy(net.forward(inputs), targets[name]);
    backward(loss);
    optim.clipGradNorm(net.parameters(), 1); // as recurrent networks want it
    adam.step();
    adam.zeroGrad();
    return loss;
  });
  for (let i = 0; i < 39; i++) step.replay();
  const loss = await step.replay().item();
  if (seed === SEEDS[0]) console.log(`${name}: loss ${loss.toFixed(2)}`);
  return net;
}

const specs: tasks.TaskSpec[] = Object.keys(rules).map((name) => ({
  id: `texts:${name}`,
  name,
  dataset: 'texts',
  kind: 'all',
}));
const mine = specs.map((spec) => tasks.resolveTask(spec, { name: 'texts', classes: ['no', 'yes'] }));
const matrix = await fisher.distanceMatrix({
  tasks: mine,
  seeds: SEEDS,
  networkOf: ({ name }, seed) => learn(name, seed),
  dataOf: ({ name }) => ({ classes: 2, batches: () => [{ inputs, labels: targets[name] }] }),
});
for (const [i, row] of matrix.frechet.mean.entries())
  console.log(`from '${mine[i].name}': ${row.map((distance) => distance.toFixed(2)).join(' ')}`);
gpu.dispose();
