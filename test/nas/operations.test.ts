import { beforeAll, describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { type BuiltInOperation, OPERATION_NAMES, OPERATIONS } from '../../src/nas/operations/table';
import type { Gpu } from '../../src/tensor/gpu';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { useGpu } from '../use-gpu';

const TOLERANCE = { relative: 1e-4, absolute: 2e-5 };

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const built = (name: BuiltInOperation, channels: number, affine = false) =>
  OPERATIONS[name].build(gpu, channels, affine, 1);

describe('operations', () => {
  for (const golden of readGolden('cell.json').cases) {
    test(`${golden.op} › output, gradients and running statistics are PyTorch's`, async () => {
      const { input, ...weights } = golden.inputs;
      const operation = built(golden.op, golden.options.channels);
      const parameters = operation.parameters();
      expect([...parameters.keys()].sort()).toEqual(Object.keys(weights).sort());
      for (const [name, { data }] of Object.entries(weights))
        parameters.get(name)?.write(Float32Array.from(data));

      const x = gpu.tensor(Float32Array.from(input.data), input.shape, { requiresGrad: true });
      const output = operation.forward(x);
      expectClose({ shape: output.shape, data: await output.data() }, golden.output, TOLERANCE);

      const names = Object.keys(golden.grads);
      const leaves = names.map((name) => parameters.get(name) ?? x);
      const cotangent = golden.gradOutput ?? golden.output;
      const grads = grad(output, leaves, gpu.tensor(Float32Array.from(cotangent.data), cotangent.shape));
      for (const [i, name] of names.entries()) {
        expectClose({ shape: grads[i].shape, data: await grads[i].data() }, golden.grads[name], TOLERANCE);
      }
      for (const [name, expected] of Object.entries(golden.outputs)) {
        const buffer = operation.stateDict().get(name);
        expect(buffer, name).toBeDefined();
        if (buffer) expectClose({ shape: buffer.shape, data: await buffer.data() }, expected, TOLERANCE);
      }
    });
  }

  test('those of the paper are there, and all keep the shape of the images', () => {
    const pools = ['none', 'avg_pool_3x3', 'max_pool_3x3', 'skip_connect'];
    const convolutions = ['sep_conv_3x3', 'sep_conv_5x5', 'sep_conv_7x7', 'dil_conv_3x3', 'dil_conv_5x5'];
    expect(OPERATION_NAMES.slice(0, 10)).toEqual([...pools, ...convolutions, 'conv_7x1_1x7']);
    expect(new Set(OPERATION_NAMES).size).toBe(OPERATION_NAMES.length);
    for (const name of OPERATION_NAMES) {
      const output = gpu.scope(() => built(name, 3).forward(gpu.randn([2, 3, 9, 7])).shape);
      expect(output, name).toEqual([2, 3, 9, 7]);
    }
  });

  test('the average pool does not count the padding', async () => {
    const output = built('avg_pool_3x3', 1).forward(gpu.ones([1, 1, 3, 3]));
    expect([...(await output.data())]).toEqual(new Array(9).fill(1));
  });

  test('a dilated 3×3 kernel reaches two pixels and no further', async () => {
    const operation = built('dil_conv_3x3', 1).eval();
    operation.parameters().get('1.weight')?.write(new Array(9).fill(1));
    operation.parameters().get('2.weight')?.write([1]);
    const x = gpu.tensor([...new Array(24).fill(0), 1, ...new Array(24).fill(0)], [1, 1, 7, 7]);
    const reached = [...(await operation.forward(x).data())].flatMap((value, i) => (value > 0.5 ? [i] : []));
    expect(reached).toEqual([8, 10, 12, 22, 24, 26, 36, 38, 40]);
  });

  test('batch norm learns scale and shift only where it is asked to', () => {
    const names = (affine: boolean) => [...built('dil_conv_3x3', 2, affine).parameters().keys()];
    expect(names(false)).toEqual(['1.weight', '2.weight']);
    expect(names(true)).toEqual(['1.weight', '2.weight', '3.weight', '3.bias']);
  });

  test('none passes on zeros, skip_connect the input', async () => {
    const x = gpu.ones([1, 2, 2, 2]);
    expect([...(await built('none', 2).forward(x).data())]).toEqual(new Array(8).fill(0));
    expect(built('skip_connect', 2).forward(x)).toBe(x);
  });
});
