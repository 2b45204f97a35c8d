// A transformer block, whose attention is of products and a softmax, learns to turn sequences around.
import { backward, type Gpu, nn, openGpu, ops, optim, Random, type Tensor } from 'taskgrad';

const SEQUENCES = 32;
const LENGTH = 6;
const TOKENS = 8;
const WIDTH = 32;
const HEADS = 2;
const STEPS = 100;

/** softmax(Q Kᵀ / √d) V in several heads (Vaswani et al. 2017). x [N, T, width] → the same shape. */
class Attention extends nn.Module {
  readonly qkv: nn.Linear;
  readonly out: nn.Linear;
  readonly heads: number;

  constructor(gpu: Gpu, width: number, heads: number) {
    super();
    this.heads = heads;
    this.qkv = new nn.Linear(gpu, width, 3 * width);
    this.out = new nn.Linear(gpu, width, width);
  }

  forward(x: Tensor): Tensor {
    const [sequences, length, width] = x.shape;
    const each = width / this.heads;
    const split = ops.reshape(this.qkv.forward(x), [sequences, length, 3, this.heads, each]);
    const parts = ops.permute(split, [2, 0, 3, 1, 4]); // [3, N, heads, T, each]
    const [q, k, v] = [0, 1, 2].map((i) =>
      ops.reshape(ops.slice(parts, 0, i, i + 1), [sequences, this.heads, length, each]),
    );
    const scores = ops.div(ops.matmul(q, k, { transposeB: true }), Math.sqrt(each)); // [N, heads, T, T]
    const seen = ops.matmul(ops.softmax(scores, -1), v);
    return this.out.forward(ops.reshape(ops.permute(seen, [0, 2, 1, 3]), x.shape));
  }
}

/** Tokens [N, T] i32 → logits [N, T, TOKENS]. Attention, then a perceptron, each beside what it adds to. */
class Reverser extends nn.Module {
  readonly tokens: Tensor;
  readonly places: Tensor;
  readonly norms: readonly nn.LayerNorm[];
  readonly attention: Attention;
  readonly wide: nn.Linear;
  readonly narrow: nn.Linear;
  readonly head: nn.Linear;

  constructor(gpu: Gpu) {
    super();
    this.tokens = gpu.randn([TOKENS, WIDTH], { requiresGrad: true });
    this.places = gpu.randn([LENGTH, WIDTH], { requiresGrad: true });
    this.norms = [new nn.LayerNorm(gpu, WIDTH), new nn.LayerNorm(gpu, WIDTH)];
    this.attention = new Attention(gpu, WIDTH, HEADS);
    this.wide = new nn.Linear(gpu, WIDTH, 4 * WIDTH);
    this.narrow = new nn.Linear(gpu, 4 * WIDTH, WIDTH);
    this.head = new nn.Linear(gpu, WIDTH, TOKENS);
  }

  forward(tokens: Tensor): Tensor {
    const [before, between] = this.norms;
    const x = ops.add(ops.embedding(tokens, this.tokens), this.places);
    const seen = ops.add(x, this.attention.forward(before.forward(x)));
    const thought = this.narrow.forward(ops.gelu(this.wide.forward(between.forward(seen))));
    return this.head.forward(ops.add(seen, thought));
  }
}

const gpu = await openGpu();
gpu.manualSeed(0);
const net = new Reverser(gpu);
const adam = new optim.Adam(net.parameters(), { lr: 3e-3 });

/** Sequences, and the same from their end on. */
function draw(random: Random): { sequences: Int32Array<ArrayBuffer>; reversed: Int32Array<ArrayBuffer> } {
  const sequences = Int32Array.from({ length: SEQUENCES * LENGTH }, () => random.int(TOKENS));
  const rows = Array.from({ length: SEQUENCES }, (_, n) => sequences.slice(n * LENGTH, (n + 1) * LENGTH));
  return { sequences, reversed: Int32Array.from(rows.flatMap((row) => [...row].reverse())) };
}

const step = gpu.capture((tokens: Tensor, labels: Tensor) => {
  const logits = ops.reshape(net.forward(tokens), [SEQUENCES * LENGTH, TOKENS]);
  const loss = ops.crossEntropy(logits, labels);
  backward(loss);
  adam.step();
  adam.zeroGrad();
  return loss;
});

const random = new Random(0);
for (let i = 0; i <= STEPS; i++) {
  const { sequences, reversed } = draw(random);
  const tokens = gpu.tensor(sequences, [SEQUENCES, LENGTH]);
  const labels = gpu.tensor(reversed);
  const loss = step.replay(tokens, labels);
  if (i % 25 === 0) console.log(`step ${i}: loss ${(await loss.item()).toFixed(3)}`);
  for (const tensor of [tokens, labels, loss]) tensor.dispose();
  await gpu.pace();
}

const { sequences, reversed } = draw(random);
const guesses = await ops.argmax(net.forward(gpu.tensor(sequences, [SEQUENCES, LENGTH])), 2).data();
const right = reversed.filter((token, i) => token === guesses[i]).length;
console.log(`${right} of ${reversed.length} tokens of new sequences are in their place`);
console.log(`${sequences.slice(0, LENGTH).join(' ')} → ${guesses.slice(0, LENGTH).join(' ')}`);
gpu.dispose();
