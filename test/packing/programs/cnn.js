import { backward, openGpu } from 'taskgrad';
import { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from 'taskgrad/nn';
import { crossEntropy } from 'taskgrad/ops';
import { Adam } from 'taskgrad/optim';

const gpu = await openGpu();
const net = new Sequential(
  new Conv2d(gpu, 1, 8, 3, { padding: 1 }),
  new ReLU(),
  new MaxPool2d(2),
  new Flatten(),
  new Linear(gpu, 8 * 14 * 14, 10),
);
const adam = new Adam(net.parameters(), { lr: 1e-3 });
const images = gpu.randn([8, 1, 28, 28], { seed: 1 });
const labels = gpu.tensor(
  Int32Array.from({ length: 8 }, (_, i) => i),
  [8],
);
for (let step = 0; step < 3; step++) {
  const loss = gpu.scope(() => {
    const loss = crossEntropy(net.forward(images), labels);
    backward(loss);
    adam.step();
    adam.zeroGrad();
    return loss;
  });
  console.log(await loss.item());
  loss.dispose();
}
gpu.dispose();
