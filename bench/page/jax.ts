import {
  defaultDevice,
  getWebGPUDevice,
  init,
  type Array as JaxArray,
  jit,
  lax,
  numpy as np,
  vjp,
} from '@jax-js/jax';
import type { Contestant } from '../contest';

/** An array of f32 on the GPU. What is called with it takes it over; `ref` lends it. */
export const jaxArray = (data: Float32Array<ArrayBuffer>, shape: readonly number[]): JaxArray =>
  np.array(data, { shape: [...shape] });

/** @throws Error if jax-js finds no WebGPU */
export async function openJax(): Promise<void> {
  const found = await init('webgpu');
  if (!found.includes('webgpu')) throw new Error('jax-js finds no WebGPU');
  defaultDevice('webgpu');
}

/** jax-js at work: `run` makes one array a run. It computes nothing until it is asked for the array's buffer. */
export function jaxContestant(run: () => JaxArray, held: () => readonly JaxArray[]): Contestant {
  let last: JaxArray | undefined;
  return {
    run: async () => {
      last?.dispose();
      last = run();
      await last.ref.gpuBuffer();
    },
    finish: () => getWebGPUDevice().queue.onSubmittedWorkDone(),
    result: async () => (last ? last.ref.data() : []),
    dispose: () => {
      last?.dispose();
      for (const array of held()) array.dispose();
    },
  };
}

/** The product of two squares. */
export function jaxMatmul(n: number, [a, b]: readonly Float32Array<ArrayBuffer>[]): Contestant {
  const factors = [a, b].map((data) => jaxArray(data, [n, n]));
  const product = jit((x: JaxArray, y: JaxArray) => np.matmul(x, y));
  return jaxContestant(
    () => product(factors[0].ref, factors[1].ref),
    () => factors,
  );
}

export interface JaxConvolution {
  readonly values: readonly [x: JaxArray, weight: JaxArray, dy: JaxArray];
  readonly padding: readonly number[];
}

const convolve = (x: JaxArray, weight: JaxArray, padding: readonly number[]): JaxArray =>
  lax.convGeneralDilated(
    x,
    weight,
    [1, 1],
    padding.map((zeros): [number, number] => [zeros, zeros]),
  );

export function jaxConvolution({ values, padding }: JaxConvolution): Contestant {
  const forward = jit((x: JaxArray, weight: JaxArray) => convolve(x, weight, padding));
  const [x, weight] = values;
  return jaxContestant(
    () => forward(x.ref, weight.ref),
    () => values,
  );
}

/** The gradient of the weight alone: what else the convolution computes is left out when it is compiled. */
export function jaxWeightGradient({ values, padding }: JaxConvolution): Contestant {
  const gradient = jit((x: JaxArray, weight: JaxArray, dy: JaxArray) => {
    const [y, backward] = vjp((w: JaxArray) => convolve(x, w, padding), [weight]);
    y.dispose();
    const [grad] = backward(dy) as [JaxArray];
    backward.dispose();
    return grad;
  });
  const [x, weight, dy] = values;
  return jaxContestant(
    () => gradient(x.ref, weight.ref, dy.ref),
    () => values,
  );
}
