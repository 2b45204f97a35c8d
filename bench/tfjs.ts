import { globals } from 'webgpu';
import type { AdapterKind } from '../runtime/host';
import { nodeHost } from '../runtime/host.node';
import { openPeer, type Peer, type PeerName } from './peer';

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
