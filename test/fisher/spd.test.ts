import { describe, expect, test } from 'vitest';
import { spdLogDet } from '../../src/fisher/spd';
import { Random } from '../../src/tensor/random';
import { logDet } from '../reference/linalg';
import { type Ref, ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
const device = useGpu();
function gram(n: number, delta: number, width = 2 * n): Ref {
  const random = new Random(3, n);
  const rows = Array.from({ length: n }, () => Float64Array.from({ length: width }, (_, j) => random.normal() / Math.sqrt(j + 1)));
  const data = new Float32Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) {
    let sum = 0; for (let s = 0; s < width; s++) sum += rows[i][s] * rows[j][s];
    data[i*n+j] = data[j*n+i] = Math.fround(sum / (n * delta) + (i === j ? 1 : 0));
  }
  return ref([1, n, n], data);
}
test('table', async () => {
  for (const n of [32, 128, 256, 512]) for (const delta of [1, 1e-2, 1e-4, 1e-6, 1e-8]) {
    const a = gram(n, delta);
    const trace = a.data.reduce((s, v, i) => i % (n + 1) === 0 ? s + v : s, 0);
    const expected = logDet(a).data[0];
    try {
    const [r] = await spdLogDet('x', device.gpu.tensor(Float32Array.from(a.data), a.shape));
    console.log(`TAB n=${n} d=${delta} trace=${trace.toExponential(1)} value=${r.value} expected=${expected} abs=${Math.abs(r.value-expected).toExponential(1)} rel=${Math.abs(r.value/expected-1).toExponential(1)} j=${r.jitter} res=${r.residual.toExponential(1)}`);
    } catch (e) { console.log('TAB', n, delta, expected, String(e)); }
  }
});
