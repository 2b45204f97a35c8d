import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../src/tensor/tensor';
import { type Ref, ref } from '../reference/ref';

const TYPES = { f32: 'float32', i32: 'int32', u32: 'uint32', u8: 'uint8', f16: 'float32' } as const;
/** One thread: the nets are small, and threads take longer to start than they save. */
const OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;

/** What onnxruntime makes of a file and tensors, which go to its inputs in their order. */
export async function runFile(file: Uint8Array, ...inputs: Tensor[]): Promise<Ref> {
  const session = await InferenceSession.create(file, OPTIONS);
  try {
    const feeds = await Promise.all(
      inputs.map(async (tensor, i) => {
        const { shape, dtype } = tensor;
        return [session.inputNames[i], new OrtTensor(TYPES[dtype], await tensor.data(), shape)] as const;
      }),
    );
    const { logits } = await session.run(Object.fromEntries(feeds));
    return ref(logits.dims, logits.data as Float32Array);
  } finally {
    await session.release();
  }
}
