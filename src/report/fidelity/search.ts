import { type Difference, FOLLOWED, NOT_FOLLOWED } from './record';

const FUSE = 'NAS_FUSE.py';
const OPERATIONS = 'operation.py';

/** Where the search, and the training of what it finds, differ. */
export const SEARCH_DIFFERENCES: readonly Difference[] = [
  {
    what: 'Images of α',
    papers: 'The test images, by which the result is then judged.',
    corrected:
      'Validation images, cut from the training set; the weights of the search learn from the others.',
    original:
      'refused: α on test images would choose the cell by the images that it is judged by. α learns from validation images, as corrected.',
    source: FUSE,
    refused: true,
  },
  {
    what: 'Learning rate of α',
    papers: '0.001, Adam’s default.',
    corrected: '0.01: α has far fewer steps, all on kept logits.',
    original: FOLLOWED,
    source: FUSE,
    setting: 'search.alphaLr',
  },
  {
    what: 'Batch of α',
    papers: '1,000 images.',
    corrected: 'As many as a step of the weights has.',
    original: FOLLOWED,
    source: FUSE,
    setting: 'protocol.alphaBatchSize',
  },
  {
    what: 'Order of α’s batches',
    papers: 'The order of the set, in every epoch; logits computed anew in every step, in training mode.',
    corrected:
      'New in every epoch. Logits are computed once a stage: the weights stand still, and the same batch gives the same logits.',
    original: FOLLOWED,
    source: FUSE,
    setting: 'protocol.alphaOrder',
  },
  {
    what: 'Optimisers',
    papers: 'New for every stage: Adam forgets its moments.',
    corrected: 'New for every round.',
    original: FOLLOWED,
    source: FUSE,
    setting: 'protocol.optimizers',
  },
  {
    what: 'Budget',
    papers: 'So many epochs, whatever they cost. Methods took 2 to 5 days of a GPU.',
    corrected: 'Every method has the same work, in which FUSE’s epochs are those of average cells.',
    original: 'FUSE counts epochs, as there; the other methods have the same work, as corrected.',
    source: FUSE,
    setting: 'search.budget',
  },
  {
    what: 'Operations',
    papers:
      'Ten in the table; as the file stands, a draw of none, avg_pool_3x3 or sep_conv_7x7 gives sep_conv_3x3, max_pool_3x3 or dil_conv_3x3. So seven are left, and these three come twice as often.',
    corrected: 'All ten, equally often.',
    original: FOLLOWED,
    source: OPERATIONS,
    setting: 'protocol.operations',
  },
  {
    what: 'Task-aware space',
    papers: 'No program makes it: the table of operations is edited by hand.',
    corrected: 'What the best cells that were tried on the closest task use.',
    original: NOT_FOLLOWED,
    source: OPERATIONS,
  },
  {
    what: 'Candidates',
    papers: 'Drawn without a seed; one may be drawn twice.',
    corrected: 'Drawn from the seed, and different from each other and from those before.',
    original: 'one may be drawn twice, as there; the draw is from the seed, as corrected.',
    source: FUSE,
    setting: 'protocol.distinct',
  },
  {
    what: 'First weights of the round’s winner',
    papers:
      'Convolutions by Xavier’s rule, for the winner when it meets new rivals and for the last training. The rivals have PyTorch’s defaults.',
    corrected: 'PyTorch’s defaults for all.',
    original: FOLLOWED,
    source: FUSE,
    setting: 'protocol.winnerWeights',
  },
  {
    what: 'Head of the round’s winner',
    papers: 'Its linear layer keeps what it has learnt, in the next round and in the last training.',
    corrected: 'Begins anew, as everything does: nobody has a head start.',
    original: FOLLOWED,
    source: FUSE,
    setting: 'protocol.winnerHead',
  },
  {
    what: 'Seeds of a round',
    papers: 'The same seed for every round, and for all candidates of a round.',
    corrected: 'Each network and each order of images has its own part of the seed.',
    original: FOLLOWED,
    source: FUSE,
    setting: 'protocol.sharedSeeds',
  },
  {
    what: 'Augmentation in the search',
    papers: 'On CIFAR-10 the weights learn from cropped and mirrored images.',
    corrected: 'None in the search; in the last training as the preset says.',
    original: FOLLOWED,
    source: 'NAS_FUSE.py, data_loader.py',
    setting: 'protocol.augmentedSearch',
  },
  {
    what: 'Learning rate of the last training',
    papers: 'Constant, Adam’s 0.001.',
    corrected: 'Falls to 0 by a cosine, from 0.001 in preset paper.',
    original: 'constant, from the preset’s rate: 0.001 in preset paper.',
    source: FUSE,
    setting: 'protocol.schedule',
  },
  {
    what: 'Batch norm in the last training',
    papers: 'Without scale and shift, as in the search.',
    corrected: 'Learns scale and shift.',
    original: FOLLOWED,
    source: FUSE,
    setting: 'protocol.affine',
  },
  {
    what: 'Test of the last training',
    papers: 'In training mode: batch norm normalises 1,000 test images by their own statistics.',
    corrected: 'In evaluation mode, by statistics of training images.',
    original: FOLLOWED,
    source: FUSE,
    setting: 'protocol.winnerTest',
  },
  {
    what: 'Network of the published figures',
    papers:
      'Another file trains 50 cells in a row that add their paths up, a max pooling and a perceptron 3072–1024–128–classes. That head alone has 3.28 M parameters, more than the 3.02 M of the table for task 6: which network the table is of, the programs do not say.',
    corrected: 'The cell that was searched, with a linear head; a stack of cells by --cells.',
    original: NOT_FOLLOWED,
    source: 'train_best_cell.py of Fisher-Information-NAS',
  },
];
