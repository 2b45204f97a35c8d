import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../src/tensor/tensor';
import { type Ref, ref } from '../reference/ref';

const TYPES = { f32: 'float32', i32: 'int32', u32: 'uint32', u8: 'uint8', f16: 'float32' } as const;
/** One thread: the nets are small, and threads take longer to start than they save. */
const OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;

/** What onnxruntime makes of a file and tensors, which go to its inputs in their order. */
export async function runFile(file: Uint8Array, ...inputs: Tensor[]): Promise<Ref> {
  const given = inputs.map(
    async (tensor) => new OrtTensor(TYPES[tensor.dtype], await tensor.data(), tensor.shape),
  );
  return runOrt(file, await Promise.all(given));
}

/** The same for bytes. */
export const runPixels = (file: Uint8Array, pixels: Uint8Array, shape: readonly number[]): Promise<Ref> =>
  runOrt(file, [new OrtTensor('uint8', pixels, shape)]);

async function runOrt(file: Uint8Array, inputs: readonly OrtTensor[]): Promise<Ref> {
  const session = await InferenceSession.create(file, OPTIONS);
  try {
    const feeds = inputs.map((tensor, i) => [session.inputNames[i], tensor] as const);
    const { logits } = await session.run(Object.fromEntries(feeds));
    return ref(logits.dims, logits.data as Float32Array);
  } finally {
    await session.release();
  }
}
