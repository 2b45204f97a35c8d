import { CIFAR10_LAYOUT, CIFAR100_LAYOUT } from '../../data/cifar.node';
import { checkQuickDrawFile, QUICKDRAW_CLASSES, quickDrawFile } from '../../data/quickdraw.node';
import type { DatasetName } from '../../data/registry.node';

export interface RemoteFile {
  /** After the address of the source, URL-encoded. */
  readonly remote: string;
  /** What it is saved as. */
  readonly local: string;
  readonly md5?: string;
  /** Looks into a file that no sum is published of. */
  readonly check?: (path: string) => Promise<unknown>;
}

/** Where a data set is published. */
export interface Source {
  /** Ends with a slash. */
  readonly base: string;
  readonly files: readonly RemoteFile[];
}

const withSum = (local: string, md5: string): RemoteFile => ({ remote: local, local, md5 });

/** Quick, Draw! publishes no sums. */
const bitmaps = (name: string): RemoteFile => ({
  remote: `${encodeURIComponent(name)}.npy`,
  local: quickDrawFile(name),
  check: checkQuickDrawFile,
});

/** The official addresses; MNIST's is the mirror that torchvision takes, as the original one is often shut. */
export function sourceOf(name: DatasetName, classes: readonly string[] = QUICKDRAW_CLASSES): Source {
  switch (name) {
    case 'mnist':
      return {
        base: 'https://ossci-datasets.s3.amazonaws.com/mnist/',
        files: [
          withSum('train-images-idx3-ubyte.gz', 'f68b3c2dcbeaaa9fbdd348bbdeb94873'),
          withSum('train-labels-idx1-ubyte.gz', 'd53e105ee54ea40749a09fcbcd1e9432'),
          withSum('t10k-images-idx3-ubyte.gz', '9fb629c4189551a2d022fa330f9573f3'),
          withSum('t10k-labels-idx1-ubyte.gz', 'ec29112dd5afa0611ce80d1b7f02629c'),
        ],
      };
    case 'fashion':
      return {
        base: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
        files: [
          withSum('train-images-idx3-ubyte.gz', '8d4fb7e6c68d591d4c3dfef9ec88bf0d'),
          withSum('train-labels-idx1-ubyte.gz', '25c81989df183df01b3e8a0aad5dffbe'),
          withSum('t10k-images-idx3-ubyte.gz', 'bef4ecab320f06d8554ea6380940ec79'),
          withSum('t10k-labels-idx1-ubyte.gz', 'bb300cfdad3c16e7a12a480ee83cd310'),
        ],
      };
    case 'cifar10':
      return {
        base: 'https://www.cs.toronto.edu/~kriz/',
        files: [withSum(CIFAR10_LAYOUT.archive, 'c32a1d4ab5d03f1284b67883e8d87530')],
      };
    case 'cifar100':
      return {
        base: 'https://www.cs.toronto.edu/~kriz/',
        files: [withSum(CIFAR100_LAYOUT.archive, '03b5dce01913d631647c71ecec9e9cb8')],
      };
    case 'quickdraw':
      return {
        base: 'https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap/',
        files: classes.map(bitmaps),
      };
  }
}
