import { describe, expect, test } from 'vitest';
import { freshNetwork } from '../../src/nas/fresh-network';
import { useGpu } from '../use-gpu';
import { cellOf, toyData } from './toy';

const held = useGpu();

/** The largest weight of all kernels of a shape, over twenty networks of separable convolutions on two channels. */
async function largest(firstWeights?: 'default' | 'xavier'): Promise<Record<string, number>> {
  const data = toyData(held.gpu);
  const found: Record<string, number> = {};
  for (let number = 0; number < 20; number++) {
    const network = freshNetwork(held.gpu, cellOf('sep_conv_3x3', 3), data, {
      seed: 1,
      number,
      firstWeights,
    });
    for (const weight of network.parameters().values()) {
      if (weight.shape.length === 1) continue;
      const key = weight.shape.join(' × ');
      found[key] = Math.max(found[key] ?? 0, ...[...(await weight.data())].map(Math.abs));
    }
    network.dispose();
  }
  data.dispose();
  return found;
}

/** Two nodes of two channels, all pixels, three classes: 256 inputs. */
const HEAD = { '3 × 256': 1 / 16 };

describe('first weights', () => {
  test.each([
    // PyTorch's kaiming_uniform_ with a = √5: 1 / √fanIn, of 9 and of 2.
    ['default', { '2 × 1 × 3 × 3': 1 / 3, '2 × 2 × 1 × 1': Math.SQRT1_2, ...HEAD }],
    // √(6 / (fanIn + fanOut)), of 9 + 18 and of 2 + 2, as torch.nn.init counts a depthwise kernel; the head as before.
    ['xavier', { '2 × 1 × 3 × 3': Math.sqrt(6 / 27), '2 × 2 × 1 × 1': Math.sqrt(6 / 4), ...HEAD }],
  ] as const)('%s fill their bounds and keep to them', async (firstWeights, bounds) => {
    const found = await largest(firstWeights);
    expect(Object.keys(found).sort()).toEqual(Object.keys(bounds).sort());
    for (const [shape, bound] of Object.entries(bounds)) {
      expect(found[shape], shape).toBeLessThanOrEqual(bound * (1 + 1e-6));
      expect(found[shape], shape).toBeGreaterThan(0.97 * bound);
    }
  });
});
