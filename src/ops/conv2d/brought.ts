import type { Kernels } from '../../tensor/kernels';
import type { Tensor } from '../../tensor/tensor';
import type { LanesCall } from './lanes';
import type { WeightCall } from './lanes-weight';

/** Ways to convolve that only lavapipe gains by. Each gives undefined where it cannot. */
export interface Brought {
  readonly convolve: (k: Kernels, call: LanesCall) => Tensor | undefined;
  readonly weightGradient: (k: Kernels, call: WeightCall) => Tensor | undefined;
}

/** None in a page, which does not meet lavapipe and is spared the weight. */
export const brought: Partial<Brought> = {};

export const bring = (ways: Brought): void => void Object.assign(brought, ways);
