import { type Difference, NOT_FOLLOWED } from './record';

/** What the papers' tables hold that cannot be set beside ours without a word. */
export const TABLE_DIFFERENCES: readonly Difference[] = [
  {
    what: 'Similarity of 2010.13962',
    papers:
      'How small a network that maps one task’s features to another’s can be pruned. The table of Quick, Draw! is from there.',
    corrected: 'The log-det distance chooses the space of every task-aware row, that of Quick, Draw!, too.',
    original: NOT_FOLLOWED,
    source: 'prune_transform.py',
  },
  {
    what: 'Search of 2010.13962',
    papers:
      'Cells of three nodes and one channel, 10 rounds of 5 stages of 5 + 5 epochs, a last training of 10 epochs.',
    corrected: 'One search for all tables, that of 2103.00241.',
    original: NOT_FOLLOWED,
    source: 'model_FUSE.py',
  },
  {
    what: 'Tables of 2103.12827',
    papers:
      'CIFAR-100, ImageNet and Taskonomy; MNIST’s binary task and CIFAR-10 beside ENAS, DARTS of second order, PC-DARTS and TE-NAS.',
    corrected: 'Not here: neither these data sets nor these methods, CIFAR-100’s images excepted.',
    original: NOT_FOLLOWED,
    source: 'README.md of Fisher-Information-NAS',
  },
  {
    what: 'Rows of 2103.00241',
    papers: 'ENAS, and random search and DARTS of their own programs, which are not published.',
    corrected: 'Random search and DARTS of first order as written here; ENAS not at all.',
    original: NOT_FOLLOWED,
    source: 'README.md of log-det-distance-NAS',
  },
];
