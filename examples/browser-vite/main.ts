// A page on which a network learns which of two spirals a place belongs to, and draws what it thinks of every place.
import { backward, type Gpu, noGrad, openGpu, type Tensor } from 'taskgrad';
// Namespaces are files of the package, too. A bundler keeps of them what a page uses.
import { Linear, ReLU, Sequential } from 'taskgrad/nn';
import { crossEntropy, softmax } from 'taskgrad/ops';
import { Adam } from 'taskgrad/optim';

const POINTS = 128;
const STEPS = 600;
const STEPS_PER_PICTURE = 50;

const [status, canvas] = ['#status', '#picture'].map((name) => document.querySelector(name));
if (!(status && canvas instanceof HTMLCanvasElement)) throw new Error('the page has lost its parts');
const side = canvas.width;
const pen = canvas.getContext('2d');

/** Points of both spirals, [POINTS, 2] in [−1, 1], and whose they are. */
function spirals(gpu: Gpu): { points: Tensor; labels: Tensor } {
  const places = Array.from({ length: POINTS }, (_, i) => {
    const along = Math.floor(i / 2) / (POINTS / 2);
    const angle = 1.5 * 2 * Math.PI * along + (i % 2) * Math.PI;
    return [Math.cos(angle), Math.sin(angle)].map((part) => part * (0.1 + 0.8 * along));
  });
  return { points: gpu.tensor(places), labels: gpu.tensor(Int32Array.from(places, (_, i) => i % 2)) };
}

/** The middle of every pixel, [side², 2]. */
const pixels = (gpu: Gpu): Tensor =>
  gpu.tensor(
    Array.from({ length: side * side }, (_, i) =>
      [i % side, Math.floor(i / side)].map((place) => (2 * place + 1) / side - 1),
    ),
  );

async function run(): Promise<void> {
  const gpu = await openGpu();
  gpu.manualSeed(1);
  const net = new Sequential(
    ...[new Linear(gpu, 2, 32), new ReLU(), new Linear(gpu, 32, 32), new ReLU()],
    new Linear(gpu, 32, 2),
  );
  const adam = new Adam(net.parameters(), { lr: 1e-2 });
  const { points, labels } = spirals(gpu);
  const everywhere = pixels(gpu);
  const step = gpu.capture(() => {
    const loss = crossEntropy(net.forward(points), labels);
    backward(loss);
    adam.step();
    adam.zeroGrad();
    return loss;
  });
  for (let made = 1; made <= STEPS; made++) {
    const loss = step.replay();
    if (made % STEPS_PER_PICTURE === 0) {
      show(`step ${made} of ${STEPS}, loss ${(await loss.item()).toFixed(3)}`);
      const shares = gpu.scope(() => noGrad(() => softmax(net.forward(everywhere))));
      draw(await shares.data());
      shares.dispose();
    }
    loss.dispose();
  }
  show(`done on ${gpu.adapter.description}: ${status?.textContent}`);
  gpu.dispose();
}

function show(text: string): void {
  if (status) status.textContent = text;
}

/** Paints every pixel by how sure the network is, [side², 2]. */
function draw(shares: ArrayLike<number>): void {
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    image.data.set([255 * shares[2 * i], 90, 255 * shares[2 * i + 1], 255], 4 * i);
  }
  pen?.putImageData(image, 0, 0);
}

run().catch((error: Error) => show(`${error.name}: ${error.message}`));
