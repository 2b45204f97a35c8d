import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as Tfjs from '@tensorflow/tfjs-core';
import { globals } from 'webgpu';
import type { AdapterKind } from '../runtime/host';
import { nodeHost } from '../runtime/host.node';
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

/** Opens tfjs on the very adapter that ours runs on, and on wasm if asked for. @throws Error if a backend does not open */
export async function openPeers(kind: AdapterKind, withWasm: boolean): Promise<Peer[]> {
  const found = await nodeHost.find(kind);
  // tfjs looks for WebGPU and its constants where a browser has them.
  Object.assign(globalThis, globals);
  // The closure keeps what was found: Dawn crashes if its instance is collected while a device lives.
  const gpu = { requestAdapter: async () => found.adapter };
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  const tf = await import('@tensorflow/tfjs-core');
  // Training needs them, and Node can load them only bundled. They go into a registry that all copies of tfjs share.
  await import('../node_modules/@tensorflow/tfjs-core/dist/register_all_gradients');
  await import('@tensorflow/tfjs-backend-webgpu');
  if (withWasm) await import('@tensorflow/tfjs-backend-wasm');
  const names: readonly PeerName[] = withWasm ? ['tfjs-webgpu', 'tfjs-wasm'] : ['tfjs-webgpu'];
  const peers: Peer[] = [];
  for (const name of names) peers.push(await openPeer(tf, name));
  return peers;
}

async function openPeer(tf: Tf, name: PeerName): Promise<Peer> {
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
