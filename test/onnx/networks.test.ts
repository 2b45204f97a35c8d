import { describe, expect, test } from 'vitest';
import { noGrad } from '../../src/autograd/tape';
import { makeNetwork, NETWORK_NAMES } from '../../src/models/catalogue';
import { CellNetwork } from '../../src/nas/cell';
import { drawGenotype } from '../../src/nas/genotype';
import { OPERATION_NAMES } from '../../src/nas/operations/table';
import type { Module } from '../../src/nn/module';
import { exportOnnx } from '../../src/onnx/export';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { SEED_NAMES } from '../models/networks';
import { cellOf } from '../nas/toy';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { runFile } from './session';

const held = useGpu();
const CLASSES = 3;
/** More samples than it is exported with. */
const BATCH = 3;

/** Running statistics as after training: not 0 and 1, which hide mistakes. */
function stir(net: Module): void {
  const random = new Random(3);
  for (const [name, tensor] of net.stateDict()) {
    const draw = { running_mean: () => 0.3 * random.normal(), running_var: () => 0.5 + random.uniform() };
    for (const [field, value] of Object.entries(draw))
      if (name.endsWith(field)) tensor.write(Array.from({ length: tensor.size }, value));
  }
}

async function expectSame(net: Module, [channels, size]: readonly [number, number]): Promise<void> {
  stir(net);
  const images: Tensor = held.gpu.randn([BATCH, channels, size, size], { seed: 4 });
  const file = await exportOnnx(net, { input: [1, channels, size, size] });
  net.eval();
  const logits = noGrad(() => held.gpu.scope(() => net.forward(images)));
  const expected = ref(logits.shape, await logits.data());
  expect(new Set(expected.data).size).toBeGreaterThan(1);
  expectClose(await runFile(file, images), expected, { relative: 1e-4, absolute: 1e-4 });
  net.dispose();
}

describe('logits of onnxruntime are ours:', () => {
  test.each(NETWORK_NAMES)('%s', async (name) => {
    const isSeed = SEED_NAMES.some((one) => one === name);
    const [channels, size] = isSeed ? [1, 12] : [3, 10];
    await expectSame(
      makeNetwork(held.gpu, name, { classes: CLASSES, channels, size, width: isSeed ? 1 / 8 : 1 / 64 }),
      [channels, size],
    );
  });

  test.each(OPERATION_NAMES)('a stack of cells of %s, on images of odd size', async (operation) => {
    const genotype = cellOf(operation, 3);
    await expectSame(
      new CellNetwork(held.gpu, genotype, {
        classes: CLASSES,
        size: [9, 9],
        inputs: 3,
        affine: true,
        backbone: { cells: 3 },
      }),
      [3, 9],
    );
  });

  test.each([1, 2, 3])('a lone cell that was drawn, number %i', async (seed) => {
    const genotype = drawGenotype(OPERATION_NAMES, new Random(seed), 4, 2);
    const head = seed === 3 ? 'mean' : 'flat';
    await expectSame(new CellNetwork(held.gpu, genotype, { classes: CLASSES, size: [8, 8], head }), [2, 8]);
  });
});
