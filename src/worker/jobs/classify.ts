import { load } from '../../nas/models';
import type { Gpu } from '../../tensor/gpu';
import type { JobContext } from '../job';

/** What `classify` is given. */
export interface ClassifyInput {
  /** A network's file, as `train` gives it. */
  readonly file: Uint8Array;
  /** [N, channels, height, width] as the network was trained on, row-major, 0 to 255. */
  readonly images: Uint8Array;
}

/** What `classify` gives. */
export interface ClassifyResult {
  /** [N, classes], row-major; each row sums to 1. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** Names of the classes, in the order of a row. */
  readonly classes: readonly string[];
}

/** What a network says of pictures. */
export async function classify(
  gpu: Gpu,
  { file, images }: ClassifyInput,
  { give }: JobContext<never>,
): Promise<ClassifyResult> {
  const { net, about, classify: ask } = await load(gpu, file);
  try {
    const rows = await ask(images);
    const probabilities = Float32Array.from(rows.flatMap((row) => row.probabilities));
    return give({ probabilities, classes: about.classes }, [probabilities.buffer]);
  } finally {
    net.dispose();
  }
}
