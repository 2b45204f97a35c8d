// What a program may write wherever it runs.
import { backward, type Gpu, nn, openGpu, ops, optim, type Shape, type Tensor, training } from 'taskgrad';
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

export { first, indicesOf, nameOf, options, training, values };
