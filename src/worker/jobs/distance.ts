import { batches } from '../../data/batches';
import { whole } from '../../data/split';
import { type Diagonal, diagonal } from '../../fisher/diagonal';
import { frechetDistance, logDetDistance } from '../../fisher/distance';
import { normalize } from '../../fisher/normalize';
import { load } from '../../nas/models';
import type { Gpu } from '../../tensor/gpu';
import { bring, type LabelledPictures } from './pictures';

const BATCH = 50;

/** What `distance` is given. */
export interface DistanceInput extends LabelledPictures {
  /** Networks of one kind and size, as `train` gives them: of the task that the distance is from, */
  readonly source: Uint8Array;
  /** and of the task that it is to, whose pictures are given. */
  readonly target: Uint8Array;
}

/** What `distance` gives. */
export interface DistanceResult {
  /** Log-det distance, nats per weight. */
  readonly logdet: number;
  /** Fréchet distance, from 0 to 1. */
  readonly frechet: number;
}

/** How far a task is from another one: how differently their networks' weights matter on the target's pictures. */
export async function distance(gpu: Gpu, input: DistanceInput): Promise<DistanceResult> {
  const fishers: Diagonal[] = [];
  try {
    for (const file of [input.source, input.target]) fishers.push(await fisherOf(gpu, file, input));
    const [source, target] = fishers;
    return {
      logdet: await logDetDistance(source, target),
      frechet: await frechetDistance(source, target),
    };
  } finally {
    for (const one of fishers) free(one);
  }
}

/** Normalised Fisher information of a network on the pictures, seen as it has learnt to see. */
async function fisherOf(gpu: Gpu, file: Uint8Array, input: LabelledPictures): Promise<Diagonal> {
  const { net, about } = await load(gpu, file);
  const { set, images } = bring(gpu, input, { mean: about.mean, std: about.std });
  try {
    const found = await diagonal(net, batches(images, whole(set), { batchSize: BATCH }), {
      classes: set.classes.length,
    });
    const normalised = normalize(found);
    free(found);
    return normalised;
  } finally {
    images.dispose();
    net.dispose();
  }
}

function free(fisher: Diagonal): void {
  for (const tensor of fisher.values()) tensor.dispose();
}
