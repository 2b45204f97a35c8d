import type { Dispatch, UniformMember, Uniforms } from './kernel';
import type { PooledBuffer } from './pooled-buffer';

/** What a device has to be able to do: a runtime is one. */
interface Compiler {
  acquire(bytes: number, label: string): PooledBuffer;
  dispatch(dispatch: Dispatch): void;
  idle(): Promise<void>;
  dispose(): void;
  readonly pool: { release(buffer: PooledBuffer): void };
}

/** WGSL, in characters, that compiles no faster by the detour: opening devices takes a while. */
const LITTLE = 20_000;
/** A kernel of middling length that is ready in so many milliseconds was found, and so will the others be. */
const FOUND_MS = 60;
/** Room for the least that a kernel can bind. */
const BYTES = 256;

/**
 * Has other devices compile kernels, side by side, where the driver compiles on the thread of a device's queue when a kernel is
 * first dispatched, and keeps what it has compiled for all devices: lavapipe. Each is dispatched once, over nothing. A device
 * stops where the first kernel turns out to be compiled already. What goes wrong is left to whoever uses the kernel.
 * @param open opens one of the devices
 */
export async function compileBeside(
  dispatches: readonly Dispatch[],
  devices: number,
  open: () => Promise<Compiler>,
): Promise<void> {
  const length = dispatches.reduce((sum, { kernel }) => sum + kernel.source.length, 0);
  if (length < LITTLE || devices < 2) return;
  await Promise.allSettled(
    shared(dispatches, devices).map(async (share) => {
      const device = await open();
      try {
        const [first] = share.splice(share.length >> 1, 1);
        const start = performance.now();
        rehearse(device, first);
        await device.idle();
        if (performance.now() - start < FOUND_MS) return;
        for (const dispatch of share) rehearse(device, dispatch);
        await device.idle();
      } finally {
        device.dispose();
      }
    }),
  );
}

/** As many parts of about the same length, or fewer; the longest kernels first. */
function shared(dispatches: readonly Dispatch[], parts: number): Dispatch[][] {
  const shares = Array.from({ length: parts }, () => ({ length: 0, dispatches: [] as Dispatch[] }));
  const longestFirst = [...dispatches].sort((a, b) => b.kernel.source.length - a.kernel.source.length);
  for (const dispatch of longestFirst) {
    const [least] = shares.sort((a, b) => a.length - b.length);
    least.dispatches.push(dispatch);
    least.length += dispatch.kernel.source.length;
  }
  return shares.map(({ dispatches }) => dispatches).filter((share) => share.length > 0);
}

/** Dispatches a kernel once over nothing: its numbers are zeros, its buffers small. */
export function rehearse(
  device: Compiler,
  { kernel, constants, buffers, written, uniforms }: Dispatch,
): void {
  const own = buffers.map(() => device.acquire(BYTES, `compiling ${kernel.name}`));
  device.dispatch({ kernel, constants, buffers: own, written, uniforms: zeros(uniforms), groups: 1 });
  for (const buffer of own) device.pool.release(buffer);
}

const zeros = (uniforms: Uniforms): Uniforms =>
  Object.fromEntries(Object.entries(uniforms).map(([name, member]) => [name, zero(member)]));

function zero(member: UniformMember): UniformMember {
  if (Array.isArray(member)) return member.map(() => 0);
  return typeof member === 'number' || isLive(member) ? 0 : zeros(member as Uniforms);
}

const isLive = (member: UniformMember): boolean => typeof member === 'object' && 'now' in member;
