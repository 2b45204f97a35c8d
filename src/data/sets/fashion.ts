import { defineDataset, published } from '../define';
import { hasIdxFiles, labelsBegin, loadIdxFolder } from '../idx-folder';

const TITLE = 'Fashion-MNIST';

/** How the training labels begin. MNIST's begin with 5, 0, 4. */
const FIRST_LABELS = [9, 0, 0, 3, 0, 2, 7, 2, 5, 5];

/**
 * Pictures of clothes, [1, 28, 28], in files that are named as MNIST's.
 * Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv 1708.07747.
 */
export const fashion = defineDataset({
  name: 'fashion',
  title: TITLE,
  format: 'IDX',
  mirrors: true,
  source: {
    base: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    files: [
      published('train-images-idx3-ubyte.gz', '8d4fb7e6c68d591d4c3dfef9ec88bf0d'),
      published('train-labels-idx1-ubyte.gz', '25c81989df183df01b3e8a0aad5dffbe'),
      published('t10k-images-idx3-ubyte.gz', 'bef4ecab320f06d8554ea6380940ec79'),
      published('t10k-labels-idx1-ubyte.gz', 'bb300cfdad3c16e7a12a480ee83cd310'),
    ],
  },
  // The labels tell; of other images under the same names, the folder's name does.
  recognise: async (names, folder) =>
    hasIdxFiles(names) && ((await labelsBegin(folder, names, FIRST_LABELS)) || /fashion/i.test(folder.name)),
  load: (folder) =>
    loadIdxFolder(folder, {
      name: TITLE,
      classes: [
        'T-shirt/top',
        'Trouser',
        'Pullover',
        'Dress',
        'Coat',
        'Sandal',
        'Shirt',
        'Sneaker',
        'Bag',
        'Ankle boot',
      ],
      advice: 'Name the folder of the four Fashion-MNIST files, or get them with taskgrad data fetch fashion',
    }),
  tasks: [
    {
      id: 'fashion:shoes',
      name: 'shoes vs rest',
      kind: 'binary',
      classes: ['rest', 'shoe'],
      positives: [5, 7, 9],
    },
    {
      id: 'fashion:each-shoe',
      name: 'each shoe + rest',
      kind: 'multi',
      classes: ['rest', 'Sandal', 'Sneaker', 'Ankle boot'],
      positives: [5, 7, 9],
    },
    {
      id: 'fashion:each-top',
      name: 'each top + rest',
      kind: 'multi',
      classes: ['rest', 'T-shirt/top', 'Pullover', 'Coat', 'Shirt'],
      positives: [0, 2, 4, 6],
    },
  ],
});
