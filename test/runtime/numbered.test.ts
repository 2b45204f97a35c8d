import { describe, expect, test } from 'vitest';
import { GpuUnavailableError } from '../../runtime/errors';
import { nodeHost } from '../../runtime/host.node';
import { choose, namesIn } from '../../runtime/numbered.node';

const SAID = `no suitable backends found
Available adapters:
 * backend: 'vulkan', name: 'NVIDIA A100'
 * backend: 'vulkan', name: 'AMD 'Navi' 31'
 * backend: 'vulkan', name: 'NVIDIA A100'
 * backend: 'vulkan', name: 'NVIDIA A10'
`;

describe('adapters by number', () => {
  const names = namesIn(SAID);

  test('have the names that Dawn says', () => {
    expect(names).toEqual(['NVIDIA A100', "AMD 'Navi' 31", 'NVIDIA A100', 'NVIDIA A10']);
    expect(choose(1, names, [])).toEqual({ name: "AMD 'Navi' 31", environment: {} });
  });

  test.each([2, 3])('are refused where Dawn would take another one by the name of %i', (index) => {
    expect(choose(index, names, [])).toEqual({
      problem: expect.stringMatching(
        /cannot be told from adapter 0 by its name.* with --gpus device=\d, or by DRI_PRIME/,
      ),
    });
  });

  test('are told apart by their places on the bus, where as many of one model are there', () => {
    const models = [['0000:41:00.0', '0001:c1:00.1'], ['0000:05:00.0']];
    expect([0, 2].map((index) => choose(index, names, models))).toEqual([
      { name: 'NVIDIA A100', environment: { DRI_PRIME: 'pci-0000_41_00_0!' } },
      { name: 'NVIDIA A100', environment: { DRI_PRIME: 'pci-0001_c1_00_1!' } },
    ]);
    expect(choose(2, names, [...models, ['0000:06:00.0', '0000:07:00.0']])).toHaveProperty('problem');
  });

  test('are opened, or it is said which are there', async () => {
    const best = await nodeHost.find('auto');
    expect((await nodeHost.find(best.kind, 0)).description).toBe(best.description);
    const error = await nodeHost.find(best.kind, 9).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GpuUnavailableError);
    expect(String(error)).toMatch(/there is no adapter 9; those that are there: 0 \S/);
  });
});
