/**
 * A small network that tells digits apart by plain arithmetic, so that the page can name a drawing before the engine is
 * there, and where there is no WebGPU. Its weights are bytes; `npm run demo:digits` trains it and writes them.
 */

/** Input and output channels of the two convolutions, 5 × 5 with a border of 2, each with ReLU and pooling by 2. */
export const CONVOLUTIONS = [
  [1, 8],
  [8, 16],
] as const;
export const KERNEL = 5;
/** Inputs and outputs of the last, linear layer. */
export const HEAD = [16 * 7 * 7, 10] as const;
const SIDE = 28;

/** A layer's weights, [outputs, inputs of each], in steps of `scales[output]`. */
export interface QuantisedLayer {
  readonly scales: Float32Array;
  readonly biases: Float32Array;
  readonly weights: Int8Array;
}

/** Outputs of each layer, and weights of an output. */
const LAYERS = [
  ...CONVOLUTIONS.map(([inputs, outputs]) => [outputs, inputs * KERNEL * KERNEL] as const),
  [HEAD[1], HEAD[0]] as const,
];

/** The layers as bytes: of all layers scales and biases, f32 little-endian, then all weights. */
export function packLayers(layers: readonly QuantisedLayer[]): Uint8Array {
  const floats = layers.flatMap(({ scales, biases }) => [...scales, ...biases]);
  const bytes = new Uint8Array(
    4 * floats.length + layers.reduce((sum, { weights }) => sum + weights.length, 0),
  );
  const view = new DataView(bytes.buffer);
  for (const [i, value] of floats.entries()) view.setFloat32(4 * i, value, true);
  let at = 4 * floats.length;
  for (const { weights } of layers) {
    bytes.set(new Uint8Array(weights.buffer, weights.byteOffset, weights.length), at);
    at += weights.length;
  }
  return bytes;
}

/** What `packLayers` has packed. */
export function unpackLayers(bytes: Uint8Array): QuantisedLayer[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let at = 0;
  const floats = (count: number) => {
    const found = Float32Array.from({ length: count }, (_, i) => view.getFloat32(at + 4 * i, true));
    at += 4 * count;
    return found;
  };
  const about = LAYERS.map(([outputs]) => ({ scales: floats(outputs), biases: floats(outputs) }));
  return about.map((layer, i) => {
    const length = LAYERS[i][0] * LAYERS[i][1];
    const weights = Int8Array.from(bytes.subarray(at, at + length), (value) => (value << 24) >> 24);
    at += length;
    return { ...layer, weights };
  });
}

/**
 * Probabilities of the ten digits.
 * @param pixels [28 × 28] grey values, 0 to 255, white on black as in MNIST
 */
export function nameDigit(layers: readonly QuantisedLayer[], pixels: Uint8Array): number[] {
  let map = Float32Array.from(pixels, (value) => value / 255);
  let side = SIDE;
  for (const [i, [inputs, outputs]] of CONVOLUTIONS.entries()) {
    map = pooled(convolved(map, layers[i], { inputs, outputs, side }), outputs, side);
    side /= 2;
  }
  return softmax(linear(map, layers[CONVOLUTIONS.length]));
}

/** Same size, zeros around it, then ReLU. */
function convolved(
  map: Float32Array,
  { scales, biases, weights }: QuantisedLayer,
  { inputs, outputs, side }: { inputs: number; outputs: number; side: number },
): Float32Array {
  const result = new Float32Array(outputs * side * side);
  const border = (KERNEL - 1) / 2;
  const wide = side + 2 * border;
  const framed = new Float32Array(inputs * wide * wide);
  for (let row = 0; row < inputs * side; row++) {
    const at = (Math.floor(row / side) * wide + (row % side) + border) * wide + border;
    framed.set(map.subarray(row * side, (row + 1) * side), at);
  }
  for (let output = 0; output < outputs; output++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        let sum = 0;
        let weight = output * inputs * KERNEL * KERNEL;
        for (let input = 0; input < inputs; input++) {
          for (let dy = 0; dy < KERNEL; dy++) {
            const at = (input * wide + y + dy) * wide + x;
            for (let dx = 0; dx < KERNEL; dx++) sum += framed[at + dx] * weights[weight++];
          }
        }
        result[(output * side + y) * side + x] = Math.max(0, sum * scales[output] + biases[output]);
      }
    }
  }
  return result;
}

/** The largest of every 2 × 2. */
function pooled(map: Float32Array, channels: number, side: number): Float32Array<ArrayBuffer> {
  const half = side / 2;
  return Float32Array.from({ length: channels * half * half }, (_, i) => {
    const row = Math.floor(i / half);
    const at = (Math.floor(row / half) * side + 2 * (row % half)) * side + 2 * (i % half);
    return Math.max(map[at], map[at + 1], map[at + side], map[at + side + 1]);
  });
}

function linear(map: Float32Array, { scales, biases, weights }: QuantisedLayer): number[] {
  return Array.from(biases, (bias, output) => {
    let sum = 0;
    for (let i = 0; i < map.length; i++) sum += map[i] * weights[output * map.length + i];
    return sum * scales[output] + bias;
  });
}

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((value) => value / sum);
}
