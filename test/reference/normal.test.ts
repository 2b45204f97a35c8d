import { expect, test } from 'vitest';
import { normalCdf } from './normal';

test('Φ has the digits of tables, far below 0 as well', () => {
  // Abramowitz & Stegun, tables 26.1 and 26.2.
  for (const [x, expected] of [
    [0, 0.5],
    [1, 0.841344746068543],
    [-1, 0.158655253931457],
    [-1.96, 0.02499789514822],
    [-5, 2.866515718791939e-7],
    [-10, 7.619853024160527e-24],
  ])
    expect(Math.abs(normalCdf(x) / expected - 1), `${x}`).toBeLessThan(2e-12);
});
