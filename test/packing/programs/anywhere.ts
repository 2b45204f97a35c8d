// What a program may write wherever it runs.
import {
  backward,
  data,
  type Gpu,
  nn,
  openGpu,
  ops,
  optim,
  type Shape,
  type Tensor,
  tasks,
  training,
} from 'taskgrad';
import type { Batch, Dataset, ImageSet, Split } from 'taskgrad/data';
import { Linear } from 'taskgrad/nn';
import { relu } from 'taskgrad/ops';
import type { Task } from 'taskgrad/tasks';
import type { FitOptions } from 'taskgrad/training';

class Net extends nn.Module {
  readonly layer: Linear;

  constructor(gpu: Gpu) {
    super();
    this.layer = new Linear(gpu, 4, 2);
  }

  forward(x: Tensor): Tensor {
    return relu(this.layer.forward(x));
  }
}

const shape: Shape = [3, 4];
const gpu: Gpu = await openGpu({ adapter: 'auto' });
const net = new Net(gpu);
const sgd = new optim.SGD(net.parameters(), { lr: 0.1 });
const batch: Batch = { inputs: gpu.randn(shape, { seed: 1 }), labels: gpu.tensor(Int32Array.of(0, 1, 0)) };
const loss: Tensor = ops.crossEntropy(net.forward(batch.inputs), batch.labels);
backward(loss);
sgd.step();
const values: ArrayLike<number> = await loss.data();
// @ts-expect-error an option that there is not
new nn.Conv2d(gpu, 1, 8, 3, { paddings: 1 });

const options: Partial<FitOptions> = { epochs: 1 };
const first = (set: Dataset): ImageSet => set.train;
const indicesOf = (split: Split): ArrayLike<number> => split.indices;
const nameOf = (task: Task): string => task.name;

const mine = data.fromArrays({ inputs: new Float32Array(8), labels: [0, 1], shape: [4] });
const parts: Split[] = data.split(mine, [1, 1], { seed: 1 });
const task: Task = {
  id: 'mine:all',
  name: 'all',
  dataset: 'mine',
  kind: 'all',
  classes: mine.classes,
  positives: [],
};
const samples = new data.DeviceSamples(gpu, mine);
const measures: training.EpochMeasure[] = await training.fit(
  net,
  sgd,
  samples,
  tasks.taskSplit(task, mine.labels, 0),
  {
    name: 'mine',
    epochs: 1,
    batchSize: 2,
    seed: 0,
    validation: { split: parts[1], keepBest: true, patience: 2 },
    onEpoch: async (_, { validation }) => void validation?.accuracy,
  },
);
for await (const { inputs, labels } of data.batches(samples, parts[0], { batchSize: 1 }))
  net.forward(inputs) && labels;
const line = data.fromArrays({ inputs: new Float32Array(8), targets: new Float32Array(2), shape: [4] });
const [points] = data.split(line, [0.5]);
const lossOf = (outputs: Tensor, targets: Tensor): Tensor => ops.mean(ops.sub(outputs, targets));
const lossOnly: { loss: number } = await training.evaluate(net, samples, points, 1, { loss: lossOf });
// @ts-expect-error targets have no accuracy
lossOnly.accuracy;
// @ts-expect-error targets need a loss
training.evaluate(net, samples, points, 1);

export { first, indicesOf, measures, nameOf, options, training, values };
