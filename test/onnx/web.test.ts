import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { noGrad } from '../../src/autograd/tape';
import { CellNetwork } from '../../src/nas/cell';
import { drawGenotype } from '../../src/nas/genotype';
import { OPERATION_NAMES } from '../../src/nas/operations/table';
import { exportOnnx } from '../../src/onnx/export';
import { Random } from '../../src/tensor/random';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const held = useGpu();
env.wasm.numThreads = 1;

test('onnxruntime-web, the newest of both, gives our logits', async () => {
  const { gpu } = held;
  const genotype = drawGenotype(OPERATION_NAMES, new Random(5), 4, 4, true);
  const net = new CellNetwork(gpu, genotype, {
    classes: 3,
    size: [9, 9],
    inputs: 3,
    affine: true,
    backbone: { cells: 3 },
  });
  const file = await exportOnnx(net, { input: [1, 3, 9, 9] });
  const images = gpu.randn([2, 3, 9, 9], { seed: 1 });
  const logits = noGrad(() => net.eval().forward(images));

  const session = await InferenceSession.create(file);
  const input = new OrtTensor('float32', await images.data(), images.shape);
  const { logits: found } = await session.run({ input });
  const expected = ref(logits.shape, await logits.data());
  expect(new Set(expected.data).size).toBeGreaterThan(1);
  expectClose(ref(found.dims, found.data as Float32Array), expected, { relative: 1e-4, absolute: 1e-4 });
  await session.release();
});
