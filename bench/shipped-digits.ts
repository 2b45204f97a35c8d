// Trains the small network that the page ships, and writes it: npm run demo:digits.
import { writeFileAtomic } from '../src/data/files.node';
import { data, nn, openGpu, optim, training } from '../src/node';
import {
  CONVOLUTIONS,
  HEAD,
  KERNEL,
  nameDigit,
  packLayers,
  type QuantisedLayer,
  unpackLayers,
} from '../src/web/shipped/digit-net';

const OUT = 'src/web/shipped/digits.ts';
const EPOCHS = 8;
/** Weights are stored as whole numbers up to this. */
const LARGEST = 127;

/** Every output's weights in steps of its largest one's 127th part. */
function quantised(weights: Float32Array, biases: Float32Array): QuantisedLayer {
  const each = weights.length / biases.length;
  const rows = Array.from(biases, (_, output) => weights.subarray(output * each, (output + 1) * each));
  const scales = Float32Array.from(
    rows,
    (row) => row.reduce((most, w) => Math.max(most, Math.abs(w)), 1e-9) / LARGEST,
  );
  const steps = rows.flatMap((row, output) => [...row].map((w) => Math.round(w / scales[output])));
  return { scales, biases, weights: Int8Array.from(steps) };
}

const mnist = await data.loadMnist();
const gpu = await openGpu();
gpu.manualSeed(1);
const layers = [
  ...CONVOLUTIONS.map(([inputs, outputs]) => new nn.Conv2d(gpu, inputs, outputs, KERNEL, { padding: 2 })),
  new nn.Linear(gpu, ...HEAD),
];
const [first, second, head] = layers;
const net = new nn.Sequential(
  ...[first, new nn.ReLU(), new nn.MaxPool2d(2)],
  ...[second, new nn.ReLU(), new nn.MaxPool2d(2)],
  ...[new nn.Flatten(), head],
);
// Pixels are seen as shares of white, so that the page needs neither mean nor deviation.
const images = new data.DeviceImages(gpu, mnist.train, { mean: [0], std: [1] });
await training.fit(
  net,
  new optim.AdamW(net.parameters(), { lr: 2e-3, weightDecay: 0.02 }),
  images,
  data.whole(mnist.train),
  {
    ...{ name: 'digits', epochs: EPOCHS, batchSize: 128, seed: 1 },
    schedule: (epoch) => (2e-3 * (1 + Math.cos((Math.PI * epoch) / EPOCHS))) / 2,
    onEpoch: (epoch, { loss, accuracy }) =>
      console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`),
  },
);
const packed = packLayers(
  await Promise.all(
    layers.map(async ({ weight, bias }) => {
      if (!bias) throw new Error('a layer has no bias');
      return quantised((await weight.data()) as Float32Array, (await bias.data()) as Float32Array);
    }),
  ),
);
gpu.dispose();

const shipped = unpackLayers(packed);
const { images: pixels, labels } = mnist.test;
let right = 0;
for (let i = 0; i < labels.length; i++) {
  const shares = nameDigit(shipped, pixels.subarray(i * 28 * 28, (i + 1) * 28 * 28));
  if (shares.indexOf(Math.max(...shares)) === labels[i]) right++;
}
const accuracy = right / labels.length;
await writeFileAtomic(
  OUT,
  `// Written by npm run demo:digits (bench/shipped-digits.ts).

/** Share of MNIST's ${labels.length} test images that the network names right. */
export const SHIPPED_ACCURACY = ${accuracy};

/** Its layers, see \`packLayers\`, in base64. */
export const SHIPPED_LAYERS =
  '${Buffer.from(packed).toString('base64')}';
`,
);
console.log(
  `${OUT}: ${packed.length} bytes, ${(100 * accuracy).toFixed(2)} % of ${labels.length} test images right`,
);
