import { backward, nn, openGpu, ops, optim } from 'taskgrad';

const gpu = await openGpu();
const net = new nn.Sequential(
  new nn.Conv2d(gpu, 1, 8, 3, { padding: 1 }),
  new nn.ReLU(),
  new nn.MaxPool2d(2),
  new nn.Flatten(),
  new nn.Linear(gpu, 8 * 14 * 14, 10),
);
const adam = new optim.Adam(net.parameters(), { lr: 1e-3 });
const images = gpu.randn([8, 1, 28, 28], { seed: 1 });
const labels = gpu.tensor(
  Int32Array.from({ length: 8 }, (_, i) => i),
  [8],
);
for (let step = 0; step < 3; step++) {
  const loss = gpu.scope(() => {
    const loss = ops.crossEntropy(net.forward(images), labels);
    backward(loss);
    adam.step();
    adam.zeroGrad();
    return loss;
  });
  console.log(await loss.item());
  loss.dispose();
}
gpu.dispose();
