import { TaskgradError } from '../../../runtime/errors';
import type { Dataset, ImageSet } from '../../data/images';
import type { Normalisation } from '../../data/statistics';
import { InterruptedError } from '../../training/errors';
import { refusal } from './byte-stream';
import { areKnown, knownStatistics } from './known-mnist';
import { type LoadOptions, streamMnist } from './mnist-stream';

/** How often a piece of work that waits for the training images says how many have come. */
const TELL_MS = 250;

interface Arrival {
  readonly images?: ImageSet;
  /** Why they do not come. */
  readonly problem?: unknown;
}

/** Bytes of MNIST, unpacked. */
interface Came {
  received: number;
  total: number;
}

/** MNIST, whose training images may still be on their way. */
export class Mnist implements Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Settles with the training images' arrival, whatever came of it. */
  readonly settled: Promise<void>;
  private arrival: Arrival = {};

  private constructor(
    readonly test: ImageSet,
    readonly labels: { readonly train: Uint8Array; readonly test: Uint8Array },
    { mean, std }: Normalisation,
    coming: Promise<ImageSet>,
    private readonly came: Came = { received: 0, total: 1 },
  ) {
    this.mean = mean;
    this.std = std;
    this.settled = coming.then(
      (images) => {
        this.arrival = { images };
      },
      (problem) => {
        this.arrival = { problem };
      },
    );
  }

  /** MNIST without its training images where it is MNIST's own, whose statistics are known; else all of it. @throws DataError */
  static async open(options: LoadOptions): Promise<Mnist> {
    const came: Came = { received: 0, total: 1 };
    const coming = streamMnist({
      ...options,
      onProgress: (received, total) => {
        Object.assign(came, { received, total });
        options.onProgress(received, total);
      },
    });
    const first = await coming.first;
    const statistics = await knownStatistics(first);
    if (!statistics) return Mnist.of(await coming.whole);
    const labels = { train: first.trainLabels, test: first.test.labels };
    return new Mnist(first.test, labels, statistics, coming.whole.then(checkedTraining), came);
  }

  /** All of it is here. */
  static async of(data: Dataset): Promise<Mnist> {
    const labels = { train: data.train.labels, test: data.test.labels };
    const mnist = new Mnist(data.test, labels, data, Promise.resolve(data.train));
    await mnist.settled;
    return mnist;
  }

  get isWhole(): boolean {
    return this.arrival.images !== undefined;
  }

  /** Why the training images do not come, if that is known. */
  get problem(): unknown {
    return this.arrival.problem;
  }

  /** The training images. @throws TaskgradError where they have not come yet */
  get train(): ImageSet {
    if (this.arrival.images) return this.arrival.images;
    throw new TaskgradError('DEMO_DATA', 'the training images have not come yet; wait for them');
  }

  /**
   * Waits for the training images.
   * @param onProgress told again and again how many bytes of MNIST have come
   * @throws InterruptedError once it is stopped; what keeps them from coming
   */
  async arrived(signal: AbortSignal, onProgress: (received: number, total: number) => void): Promise<void> {
    if (!signal.aborted && !this.isWhole && !this.problem) {
      const tell = () => onProgress(this.came.received, this.came.total);
      tell();
      const told = setInterval(tell, TELL_MS);
      const stopped = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([this.settled, stopped]);
      clearInterval(told);
    }
    if (signal.aborted) throw new InterruptedError();
    if (this.problem) throw this.problem;
  }
}

/** Training images that belong to MNIST's test images. @throws DataError `DATA_OTHER` where they are others */
async function checkedTraining(data: Dataset): Promise<ImageSet> {
  if (await areKnown(data)) return data.train;
  const file = 'train-images-idx3-ubyte';
  throw refusal(file, 'the training images of MNIST, as the other three files are MNIST’s', 'others', {
    code: 'DATA_OTHER',
  });
}
