// An op of one's own: its shader, its gradients, its rule for single samples. It trains, is profiled, and has a Fisher.
import {
  backward,
  defineOp,
  fisher,
  type Gpu,
  gradientCheck,
  type Kernel,
  type Kernels,
  nn,
  openGpu,
  ops,
  optim,
  samples,
  type Tensor,
} from 'taskgrad';

const kernel: Kernel = {
  name: 'prelu',
  source: /* wgsl */ `
    struct Params { count: u32, channels: u32 }
    @group(0) @binding(0) var<uniform> params: Params;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @group(0) @binding(2) var<storage, read> x: array<f32>;
    @group(0) @binding(3) var<storage, read> slope: array<f32>;

    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let i = id.x;
      if (i >= params.count) { return; }
      y[i] = select(slope[i % params.channels] * x[i], x[i], x[i] > 0.0);
    }`,
};

type Args = readonly [x: Tensor, slope: Tensor];

/** max(x, 0) + slope · min(x, 0), as torch.prelu. x [N, C], slope [C]. */
const prelu = defineOp({
  name: 'prelu',
  parse: (...[x, slope]: Args) => ({ inputs: [x, slope] as const, attrs: {} }),
  shape: ({ inputs: [x] }) => x.shape,
  forward(k: Kernels, { inputs: [x, slope], shape }) {
    const y = k.empty(shape);
    const uniforms = { count: y.size, channels: slope.size };
    k.run(kernel, { outputs: [y], inputs: [x, slope], uniforms, groups: Math.ceil(y.size / 64) });
    return y;
  },
  backward: (k, { inputs: [x, slope], grad }) => [
    k.elementwise('select(a * g, g, x > 0.0)', { a: slope, g: grad, x }),
    k.reduce('sum', k.elementwise('g * min(x, 0.0)', { g: grad, x }), [0]),
  ],
  // A sample is a row, so that its gradient is one row of the sum above.
  perSample: (k, { inputs: [x], grad }) => [
    undefined,
    k.reduce('sum', k.elementwise('pow(g * min(x, 0.0), 2.0)', { g: grad, x }), [0]),
  ],
  samples: () => [
    samples.sample<Args>('rows', samples.awayFromZero([5, 3]), samples.randn([3])),
    samples.sample<Args>('one column', samples.awayFromZero([70, 1]), samples.randn([1])),
  ],
});

/** A layer of it, with PyTorch's first slope. */
class PReLU extends nn.Module {
  readonly weight: Tensor;

  constructor(gpu: Gpu, channels: number) {
    super();
    this.weight = gpu.full([channels], 0.25, { requiresGrad: true });
  }

  forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }
}

const gpu = await openGpu();
for (const { sample, what, input, error } of await gradientCheck(gpu, prelu))
  console.log(`${sample}: ${what} of tensor ${input} is within ${error.toExponential(0)}`);

gpu.manualSeed(0);
const net = new nn.Sequential(new nn.Linear(gpu, 4, 16), new PReLU(gpu, 16), new nn.Linear(gpu, 16, 3));
const adam = new optim.Adam(net.parameters(), { lr: 1e-2 });
const inputs = gpu.randn([96, 4]);
const labels = ops.argmax(ops.slice(inputs, 1, 0, 3), 1);
const step = gpu.capture(() => {
  const loss = ops.crossEntropy(net.forward(inputs), labels);
  backward(loss);
  adam.step();
  adam.zeroGrad();
  return loss;
});
const first = await step.replay().item();
let last = first;
for (let i = 0; i < 200; i++) last = await step.replay().item();
console.log(`loss ${first.toFixed(2)}, after 200 steps ${last.toFixed(2)}`);

const { kernels } = await gpu.profile(async () => void (await net.forward(inputs).data()));
console.log(`kernels: ${kernels.map(({ layer, kernel }) => `${layer} ${kernel}`).join(', ')}`);

const information = await fisher.diagonal(net, [{ inputs, labels }]);
for (const [name, values] of information) console.log(`Fisher information of ${name} [${values.shape}]`);
gpu.dispose();
