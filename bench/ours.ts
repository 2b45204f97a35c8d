import type { Gpu } from '../src/tensor/gpu';
import type { Tensor } from '../src/tensor/tensor';
import type { Contestant } from './contest';

/** Our engine at work: `run` makes one tensor a run, `held` are its inputs. */
export function ourContestant(gpu: Gpu, run: () => Tensor, held: readonly Tensor[]): Contestant {
  let last: Tensor | undefined;
  return {
    run: () => {
      last?.dispose();
      last = gpu.scope(run);
    },
    finish: () => gpu.runtime.idle(),
    result: async () => (last ? last.data() : []),
    dispose: () => {
      last?.dispose();
      for (const tensor of held) tensor.dispose();
    },
  };
}
