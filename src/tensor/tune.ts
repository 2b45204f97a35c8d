import { takeProfile } from '../../runtime/take-profile';
import type { Gpu } from './gpu';
import type { Tensor } from './tensor';
import { type Choices, trialOf, type Unmeasured } from './variants';

/** Profiled runs of each way; the fastest counts, since whatever disturbs a run only slows it. */
const RUNS = 3;

/** Runs `work` with every way of every op it uses, and has `gpu` keep the fastest of each. */
export async function tune(gpu: Gpu, work: () => void | Promise<void>): Promise<Choices> {
  const { variants, runtime } = gpu;
  const best = new Map<string, { name: string; seconds: number }>();
  const run = async () => {
    await work();
  };
  let turns = 1;
  for (let turn = 0; turn < turns; turn++) {
    turns = await variants.attempt(turn, run); // compiles
    for (let i = 0; i < RUNS; i++) {
      const { profile } = await takeProfile(runtime, () => variants.attempt(turn, run));
      const times = new Map<string, { key: string; name: string; seconds: number }>();
      for (const { layer, seconds } of profile.kernels) {
        const trial = trialOf(layer);
        if (!trial) continue;
        const known = times.get(layer)?.seconds ?? 0;
        times.set(layer, { ...trial, seconds: known + seconds });
      }
      for (const { key, name, seconds } of times.values()) {
        const known = best.get(key);
        if (!known || seconds < known.seconds) best.set(key, { name, seconds });
      }
    }
  }
  const choices = Object.fromEntries([...best].map(([key, { name }]) => [key, name]));
  variants.choose(choices);
  return choices;
}

/** Runs `work`, and makes those of its choices that were never measured: on noise of the same shapes. */
export async function tuneFirstUses(gpu: Gpu, work: () => Promise<void>): Promise<void> {
  const { variants, runtime } = gpu;
  // A profile cannot be taken inside another.
  if (!variants.keep || runtime.recorder.isProfiled) return work();
  const met = await variants.unmeasuredIn(work);
  if (met.length === 0) return;
  await tune(gpu, () => {
    for (const { inputs, choose } of met) gpu.scope(() => choose(inputs.map((input) => noise(gpu, input))));
  });
  await variants.keep(variants.choices);
}

function noise(gpu: Gpu, input: Unmeasured['inputs'][number]): Tensor | undefined {
  if (!input) return undefined;
  const x = gpu.randn(input.shape, { seed: 0 });
  return input.dtype === 'f16' ? gpu.kernels.cast(x, 'f16') : x;
}
