import { backward } from '../../src/autograd/backward';
import { mul } from '../../src/ops/arithmetic';
import { mean } from '../../src/ops/reduction';
import { Adam } from '../../src/optim/adam';
import type { CapturedStep, StepResult } from '../../src/tensor/capture';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';

export const double = (x: Tensor) => x.gpu.kernels.elementwise('2.0 * x', { x });
export const plusOne = (x: Tensor) => x.gpu.kernels.elementwise('old + 1.0', {}, { into: x });
export const listed = async (x: Tensor) => [...(await x.data())];

/** A step that has been recorded: its next call is a replay. */
export function recorded<Result extends StepResult>(gpu: Gpu, step: () => Result): CapturedStep<[], Result> {
  const captured = gpu.capture(step);
  for (let i = 0; i < 2; i++) captured.replay();
  return captured;
}

/** Three weights that learn to be 0, and what is done at the end of a step. */
export function learner(gpu: Gpu, end: () => void) {
  const w = gpu.tensor([1, -2, 3], [3], { requiresGrad: true });
  const adam = new Adam(new Map([['w', w]]), { lr: 0.1 });
  const step = () => {
    backward(mean(mul(w, w)));
    adam.step();
    end();
  };
  return { w, adam, step };
}
