import type { Ref } from './ref';

/** Central difference of f along one entry of x, which is put back afterwards. */
export function slope(f: () => number, x: Ref, entry: number, step: number): number {
  const value = x.data[entry];
  x.data[entry] = value + step;
  const above = f();
  x.data[entry] = value - step;
  const below = f();
  x.data[entry] = value;
  return (above - below) / (2 * step);
}

function dot(a: Ref, b: Ref): number {
  if (a.data.length !== b.data.length) {
    throw new Error(`the output has shape [${a.shape}], its cotangent [${b.shape}]`);
  }
  return a.data.reduce((total, value, i) => total + value * b.data[i], 0);
}

/** Gradient of Σ cotangent · f(inputs) with respect to inputs[which], by central finite differences. */
export function numericGradient(
  f: (inputs: Ref[]) => Ref,
  inputs: Ref[],
  which: number,
  cotangent: Ref,
  step = 1e-5,
): Ref {
  const own = inputs.map(({ shape, data }) => ({ shape, data: data.slice() }));
  const varied = own[which];
  const objective = () => dot(f(own), cotangent);
  return {
    shape: [...varied.shape],
    data: varied.data.map((_, entry) => slope(objective, varied, entry, step)),
  };
}

/** As `numericGradient`, and Σ_n (∂ of sample n alone)², where samples lie along the first axis of the result. */
export function numericSquares(
  f: (inputs: Ref[]) => Ref,
  inputs: Ref[],
  which: number,
  cotangent: Ref,
  step = 1e-5,
): { readonly gradient: Ref; readonly squares: Ref } {
  const own = inputs.map(({ shape, data }) => ({ shape, data: data.slice() }));
  const { shape, data } = own[which];
  const samples = cotangent.shape[0] ?? 1;
  const each = cotangent.data.length / samples;
  const gradient = { shape: [...shape], data: new Float64Array(data.length) };
  const squares = { shape: [...shape], data: new Float64Array(data.length) };
  for (const [entry, value] of data.entries()) {
    data[entry] = value + step;
    const above = f(own).data;
    data[entry] = value - step;
    const below = f(own).data;
    data[entry] = value;
    for (let n = 0; n < samples; n++) {
      let total = 0;
      for (let i = n * each; i < (n + 1) * each; i++) total += cotangent.data[i] * (above[i] - below[i]);
      gradient.data[entry] += total / (2 * step);
      squares.data[entry] += (total / (2 * step)) ** 2;
    }
  }
  return { gradient, squares };
}
