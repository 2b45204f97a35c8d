import type { Gpu } from '../../src/tensor/gpu';
import type { Case } from '../case';
import { convCase, type Direction, type Form } from '../cases/conv2d';
import { squareCase } from '../cases/matmul';
import { stepCase } from '../cases/step';
import type { Contestant } from '../contest';
import { smallCnn } from '../nets/nets';
import { openNet } from '../nets/training';
import type { Target } from '../row';
import { jaxArray, jaxConvolution, jaxMatmul, jaxWeightGradient } from './jax';
import { jaxSmallCnn, openJaxTraining } from './jax-training';

/** Work of our engine and of tfjs that jax-js does, too. */
export interface PageCase extends Case {
  /** On the same numbers, those of our network on `gpu`. */
  readonly jax: (gpu: Gpu) => Contestant;
}

const atLeast = (ratio: number): Target => ({ of: 'ratio', atLeast: ratio });

const matmulCase = (n: number): PageCase => {
  const { one, values } = squareCase(n);
  return { ...one, target: atLeast(2), jax: () => jaxMatmul(n, values()) };
};

const CONVOLUTION: Form = { batch: 32, from: 32, to: 32, size: 28, kernel: [3, 3] };

function convolutionCase(direction: Direction): PageCase {
  const { one, data, shapes, padding } = convCase(CONVOLUTION, direction);
  const open = direction === 'forward' ? jaxConvolution : jaxWeightGradient;
  const jax = () => {
    const { x, weight, dy } = data();
    return open({
      values: [jaxArray(x, shapes.x), jaxArray(weight, shapes.weight), jaxArray(dy, shapes.y)],
      padding,
    });
  };
  return { ...one, target: atLeast(3), jax };
}

function jaxStep(gpu: Gpu): Contestant {
  const { net, state } = openNet(gpu, smallCnn);
  net.dispose();
  return openJaxTraining(smallCnn, jaxSmallCnn, state);
}

export const PAGE_CASES: readonly PageCase[] = [
  ...[256, 512, 1024].map(matmulCase),
  convolutionCase('forward'),
  convolutionCase('weight gradient'),
  { ...stepCase(smallCnn), target: atLeast(3.5), jax: jaxStep },
];
