import type { GoldenLayer } from '../golden/read';
import { numericGradient, slope } from './gradient';
import { logDet } from './linalg';
import { crossEntropy } from './loss';
import { forward } from './network';
import { at, type Ref, ref, scalar } from './ref';

type State = Record<string, Ref>;
type Vector = readonly number[];

/** The cross-entropy of each sample of a network in evaluation mode, [N]. */
const losses = (layers: readonly GoldenLayer[], state: State, inputs: Ref, labels: Ref): Ref =>
  crossEntropy(forward(layers, state, inputs), labels, { reduction: 'none' });

const isParameter = (name: string): boolean => /\.(weight|bias)$/.test(name);

/** Per-sample gradients by central finite differences: for each sample, the derivatives of its loss for all parameters. */
export function jacobian(
  layers: readonly GoldenLayer[],
  state: State,
  inputs: Ref,
  labels: Ref,
  step = 1e-5,
): number[][] {
  const rows = Array.from({ length: inputs.shape[0] }, (): number[] => []);
  for (const [name, parameter] of Object.entries(state)) {
    if (!isParameter(name)) continue;
    for (const [i, value] of parameter.data.entries()) {
      const [above, below] = [value + step, value - step].map((moved) => {
        parameter.data[i] = moved;
        return losses(layers, state, inputs, labels).data;
      });
      parameter.data[i] = value;
      for (const [n, row] of rows.entries()) row.push((above[n] - below[n]) / (2 * step));
    }
  }
  return rows;
}

/** (1/N) Σ_n v vᵀ + δ I over some vectors; N need not be their number. */
function secondMoment(vectors: readonly Vector[], count: number, damping: number): Ref {
  const n = vectors[0].length;
  const sum = new Float64Array(n * n);
  for (const v of vectors)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum[i * n + j] += v[i] * v[j];
  return ref(
    [n, n],
    sum.map((value, at) => value / count + (at % (n + 1) === 0 ? damping : 0)),
  );
}

/** log det (δI + (1/N) Jᵀ J) with the P × P matrix written out; rows of J are per-sample gradients. */
export const fullLogDet = (rows: readonly Vector[], damping: number): number =>
  logDet(secondMoment(rows, rows.length, damping)).data[0];

/** The Kronecker product, written out. */
function kronecker(a: Ref, b: Ref): Ref {
  const [n, m] = [a.shape[0], b.shape[0]];
  const size = n * m;
  const data = Array.from({ length: size * size }, (_, flat) => {
    const [row, column] = [Math.floor(flat / size), flat % size];
    return at(a, [Math.floor(row / m), Math.floor(column / m)]) * at(b, [row % m, column % m]);
  });
  return ref([size, size], data);
}

/** What one group of a layer sees at every position of every sample, and the gradients of what it gives there. */
interface Group {
  readonly seen: Vector[];
  readonly gradients: Vector[];
}

function groupsOf(layer: GoldenLayer, x: Ref, g: Ref, biased: boolean): Group[] {
  const one = biased ? [1] : [];
  const range = (count: number) => Array.from({ length: count }, (_, i) => i);
  const samples = range(x.shape[0]);
  if (layer.type === 'Linear') {
    const row = ({ shape, data }: Ref, n: number) => [...data.slice(n * shape[1], (n + 1) * shape[1])];
    return [{ seen: samples.map((n) => [...row(x, n), ...one]), gradients: samples.map((n) => row(g, n)) }];
  }
  if (layer.type !== 'Conv2d') throw new Error(`${layer.type} is no product with an input`);
  const { groups, kernel, stride, padding, dilation, inChannels, outChannels } = layer;
  const [, , height, width] = x.shape;
  const places = samples.flatMap((n) =>
    range(g.shape[2]).flatMap((y) => range(g.shape[3]).map((column) => [n, y, column] as const)),
  );
  const pixel = (n: number, c: number, y: number, column: number) =>
    y < 0 || y >= height || column < 0 || column >= width ? 0 : at(x, [n, c, y, column]);
  return range(groups).map((q) => {
    const inputs = range(inChannels / groups).map((c) => q * (inChannels / groups) + c);
    const outputs = range(outChannels / groups).map((o) => q * (outChannels / groups) + o);
    const patch = ([n, y, column]: readonly [number, number, number]) =>
      inputs.flatMap((c) =>
        range(kernel[0]).flatMap((i) =>
          range(kernel[1]).map((j) =>
            pixel(
              n,
              c,
              y * stride[0] - padding[0] + i * dilation[0],
              column * stride[1] - padding[1] + j * dilation[1],
            ),
          ),
        ),
      );
    return {
      seen: places.map((place) => [...patch(place), ...one]),
      gradients: places.map(([n, y, column]) => outputs.map((o) => at(g, [n, o, y, column]))),
    };
  });
}

/** Σ over layers of log det ((A + √δ I) ⊗ (G + √δ I)), every Kronecker product written out; see src/fisher/kfac.ts. */
export function kfacLogDet(
  layers: readonly GoldenLayer[],
  state: State,
  inputs: Ref,
  labels: Ref,
  damping: number,
): number {
  const samples = inputs.shape[0];
  let total = 0;
  let x = inputs;
  for (const [position, layer] of layers.entries()) {
    const out = forward([layer], from(state, position), x);
    const rest = (z: Ref) => losses(layers.slice(position + 1), from(state, position + 1), z, labels);
    const sumOfRest = ([z]: Ref[]) => scalar(rest(z).data.reduce((sum, value) => sum + value, 0));
    if (layer.type === 'Linear' || layer.type === 'Conv2d') {
      const g = numericGradient(sumOfRest, [out], 0, scalar(1));
      for (const { seen, gradients } of groupsOf(layer, x, g, `${position}.bias` in state)) {
        const a = secondMoment(seen, samples, Math.sqrt(damping));
        total += logDet(kronecker(a, secondMoment(gradients, gradients.length, Math.sqrt(damping)))).data[0];
      }
    } else if (layer.type === 'BatchNorm2d') {
      const own = Object.entries(from(state, position)).filter(([name]) => /^0\.(weight|bias)$/.test(name));
      const input = x;
      const rows = Array.from({ length: samples }, (_, n) =>
        own.flatMap(([, parameter]) =>
          Array.from(parameter.data, (_, i) =>
            slope(() => rest(forward([layer], from(state, position), input)).data[n], parameter, i, 1e-5),
          ),
        ),
      );
      total += fullLogDet(rows, damping);
    }
    x = out;
  }
  return total;
}

/** The state of the layers from a position on, under the names that they have by themselves. */
const from = (state: State, position: number): State =>
  Object.fromEntries(
    Object.entries(state).flatMap(([name, value]) => {
      const [place, ...rest] = name.split('.');
      return Number(place) < position ? [] : [[`${Number(place) - position}.${rest.join('.')}`, value]];
    }),
  );
