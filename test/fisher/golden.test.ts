import { beforeAll, describe, expect, test } from 'vitest';
import { diagonal } from '../../src/fisher/diagonal';
import { frechetDistance, logDetDistance } from '../../src/fisher/distance';
import type { Gpu } from '../../src/tensor/gpu';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import type { Ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { download, makeNet, upload } from './nets';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const { cases } = readGolden('fisher.json');

describe('the Fisher diagonal against PyTorch', () => {
  for (const golden of cases) {
    if (golden.op !== 'diagonal') continue;
    test(`diagonal › ${golden.name}: the values are PyTorch's`, async () => {
      const { layers, classes, estimator } = golden.options;
      const { inputs, labels, ...state } = golden.inputs;
      const net = makeNet(gpu, layers, state);
      const batch = {
        inputs: gpu.tensor(Float32Array.from(inputs.data), inputs.shape),
        labels: gpu.tensor(Int32Array.from(labels.data), labels.shape),
      };
      const found = await download(await diagonal(net, [batch], { estimator, classes }));
      expect([...found.keys()]).toEqual(Object.keys(golden.outputs));
      for (const [name, fisher] of found) {
        expectClose(fisher, golden.outputs[name], { relative: 1e-4, absolute: 1e-12 });
      }
    });
  }
});

describe('distances against PyTorch', () => {
  for (const golden of cases) {
    if (golden.op === 'diagonal') continue;
    test(`${golden.op} › ${golden.name}: the distance is PyTorch's`, async () => {
      const side = (prefix: string): Record<string, Ref> =>
        Object.fromEntries(
          Object.entries(golden.inputs).flatMap(([name, value]) =>
            name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
          ),
        );
      const [source, target] = [upload(gpu, side('source.')), upload(gpu, side('target.'))];
      const found =
        golden.op === 'logDetDistance'
          ? await logDetDistance(source, target, golden.options)
          : await frechetDistance(source, target);
      const [expected] = golden.output.data;
      expect(Math.abs(found / expected - 1)).toBeLessThan(1e-6);
    });
  }
});
