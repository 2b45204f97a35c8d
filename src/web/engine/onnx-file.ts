import { load } from '../../nas/models';
import { exportOnnx } from '../../onnx/export';
import type { FileOut } from '../protocol';
import type { Lab } from './lab';

/** The network of a safetensors file as ONNX, which takes pixels from 0 to 255 and gives logits. */
export async function onnxOf({ gpu }: Lab, name: string, weights: Uint8Array<ArrayBuffer>): Promise<FileOut> {
  const { net, about } = await load(gpu, weights);
  try {
    const { classes, inputShape, mean, std } = about;
    const bytes = await exportOnnx(net, { input: [1, ...inputShape] }, { classes, mean, std, pixels: true });
    return { name: `${name}.onnx`, type: 'application/octet-stream', bytes };
  } finally {
    net.dispose();
  }
}
