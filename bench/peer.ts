import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as Tfjs from '@tensorflow/tfjs-core';
import type { Contestant } from './contest';

export type Tf = typeof Tfjs;
export type PeerName = 'tfjs-webgpu' | 'tfjs-wasm';

/** Tensorflow.js on one of its backends. */
export interface Peer {
  readonly name: PeerName;
  readonly tf: Tf;
  /** Makes what is called next run on this backend. */
  readonly enter: () => void;
  /** `run` makes one tensor; `toOurs` rearranges its values to our layout; `held` is freed at the end. */
  readonly contestant: (work: {
    readonly run: () => Tfjs.Tensor;
    readonly toOurs?: (values: Float32Array) => ArrayLike<number>;
    readonly held: readonly { dispose(): void }[];
  }) => Contestant;
}

/** Opens a backend that was registered, on the adapter that its host gives. @throws Error if it does not open */
export async function openPeer(tf: Tf, name: PeerName): Promise<Peer> {
  const backend = name.slice('tfjs-'.length);
  if (!(await tf.setBackend(backend))) throw new Error(`${name} does not open`);
  // Once a backend is open, switching to it takes effect at once.
  const enter = () => void tf.setBackend(backend);
  const finish = name === 'tfjs-webgpu' ? waitFor(tf.backend() as WebGPUBackend) : () => Promise.resolve();
  return {
    name,
    tf,
    enter,
    contestant: ({ run, toOurs = (values) => values, held }) => {
      let last: Tfjs.Tensor | undefined;
      return {
        enter,
        run: () => {
          last?.dispose();
          last = tf.tidy(run);
        },
        finish,
        result: async () => (last ? toOurs(Float32Array.from(await last.data())) : []),
        dispose: () => {
          last?.dispose();
          for (const tensor of held) tensor.dispose();
        },
      };
    },
  };
}

/** The same wait as ours has, without the cost of a readback. It throws what the GPU refused to do. */
function waitFor(backend: WebGPUBackend): () => Promise<void> {
  const errors: string[] = [];
  backend.device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    errors.push(event.error.message);
  });
  return async () => {
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    await backend.queue.onSubmittedWorkDone();
    const [error] = errors.splice(0);
    if (error) throw new Error(`tfjs-webgpu: ${error}`);
  };
}
