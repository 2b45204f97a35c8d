import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { measuredSchema } from '../../bench/scaling/measured';
import { networkCost, stepsCost } from '../../src/experiment/kinds/cost';
import { NETWORK_NAMES } from '../../src/models/catalogue';

const file = join(import.meta.dirname, '../../bench/scaling/measured.json');
const { networks, gflopsPerSecond } = measuredSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

describe('what a training costs', () => {
  const training = { width: 1, images: 500, epochs: 4, batchSize: 50, lr: 0.1 };

  test.each(NETWORK_NAMES)(
    '%s: its multiplications, as the profiler counts them, beside the steps',
    (network) => {
      const counted = (4 * 500 * networks[network].gflop) / gflopsPerSecond;
      const [whole, half] = [1, 0.5].map(
        (width) => networkCost({ ...training, network, width }) - stepsCost(training),
      );
      expect(whole / counted).toBeCloseTo(1, 1);
      expect(half / whole).toBeCloseTo(0.25, 9);
    },
  );
});
