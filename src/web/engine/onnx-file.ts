import { load } from '../../nas/models';
import type { NetworkAbout } from '../../nas/saved-network';
import type { Module } from '../../nn/module';
import { exportOnnx } from '../../onnx/export';
import type { NamedFile } from '../protocol';
import type { Lab } from './lab';

/** A network as an ONNX file, which takes pixels from 0 to 255 and gives logits. */
export const asOnnx = (
  net: Module,
  { classes, inputShape, mean, std }: NetworkAbout,
): Promise<Uint8Array<ArrayBuffer>> =>
  exportOnnx(net, { input: [1, ...inputShape] }, { classes, mean, std, pixels: true });

/** The network of a safetensors file as an ONNX file. */
export async function onnxOf({ gpu }: Lab, { name, bytes }: NamedFile): Promise<NamedFile> {
  const { net, about } = await load(gpu, bytes);
  try {
    return { name, bytes: await asOnnx(net, about) };
  } finally {
    net.dispose();
  }
}
