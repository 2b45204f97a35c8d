import source from '../shaders/nothing.wgsl';
import type { Kernel } from './kernel';
import { measurePeaks } from './peaks';
import type { Limits } from './profile';
import type { Runtime } from './runtime';
import { takeProfile } from './take-profile';

const NOTHING: Kernel = { name: 'nothing', source };
const LAUNCHES = 200;
const SMALLEST_BUFFER = 256;

const measured = new WeakMap<Runtime, Promise<Limits>>();

/** Measures what bounds kernels on an adapter, once per runtime: about a second. */
export function measureLimits(runtime: Runtime): Promise<Limits> {
  const known = measured.get(runtime) ?? measure(runtime);
  measured.set(runtime, known);
  known.catch(() => measured.delete(runtime)); // so that a later call tries again
  return known;
}

async function measure(runtime: Runtime): Promise<Limits> {
  return { ...(await measurePeaks(runtime)), launchSeconds: await measureLaunch(runtime) };
}

/** Mean GPU time of a dispatch that does nothing, in a pass of its own as in a profile. */
async function measureLaunch(runtime: Runtime): Promise<number> {
  const buffer = runtime.acquire(SMALLEST_BUFFER, 'measuring a launch');
  const launch = (): void => {
    for (let i = 0; i < LAUNCHES; i++)
      runtime.dispatch({ kernel: NOTHING, buffers: [buffer], uniforms: { value: i }, groups: 1 });
  };
  try {
    await takeProfile(runtime, launch); // compiles
    const { profile } = await takeProfile(runtime, launch);
    return profile.gpuSeconds / profile.dispatches;
  } finally {
    runtime.pool.release(buffer);
  }
}
