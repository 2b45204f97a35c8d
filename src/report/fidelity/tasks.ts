import { type Difference, FOLLOWED, NOT_FOLLOWED } from './record';

const LOADER = 'data_loader.py';
const LOG_DET = 'log_det_distance.py';
const TRAINING = 'train_task_mnist.py, train_task_cifar_repeat.py';

/** Where tasks, their networks and the distances between them differ. */
export const TASK_DIFFERENCES: readonly Difference[] = [
  {
    what: 'Negatives of a task',
    papers: 'The first N other images of the set, in its order.',
    corrected: 'N drawn at random from all other images.',
    original: FOLLOWED,
    source: LOADER,
    setting: 'protocol.negatives',
  },
  {
    what: 'Task 1',
    papers:
      'The loader exchanges the labels 1 and 6 before it looks for one digit or for all. So its [6] is the digit 1, and in task 3 the digits 1 and 6 have each other’s label.',
    corrected: 'The digit 6, as the paper’s text has it; task 3 has its own labels.',
    original: FOLLOWED,
    source: LOADER,
    setting: 'protocol.exchangedDigits',
  },
  {
    what: 'Test negatives of MNIST’s binary tasks',
    papers: '1,042, whatever the number of positives.',
    corrected: 'As many as there are positives.',
    original: FOLLOWED,
    source: LOADER,
    setting: 'protocol.fixedTestRest',
  },
  {
    what: 'Odd and even digits',
    papers: 'Even is label 1.',
    corrected: 'Odd is label 1.',
    original: FOLLOWED,
    source: LOADER,
    setting: 'protocol.evenIsOne',
  },
  {
    what: 'All negatives',
    papers:
      'Odd and even digits, and one drawing of Quick, Draw! against the others, keep all negatives: of drawings nine times as many as positives.',
    corrected: 'Cut to the number of positives everywhere.',
    original: FOLLOWED,
    source: LOADER,
    setting: 'protocol.wholeRest',
  },
  {
    what: 'Size of digits and drawings',
    papers: '28 × 28 pixels in the middle of 32 × 32 black ones, in three equal channels, always.',
    corrected:
      'So for networks of distances beside CIFAR-10. On MNIST alone 28 × 28 in one channel; cells see 28 × 28 in three.',
    original: FOLLOWED,
    source: LOADER,
    setting: 'protocol.imageSize',
  },
  {
    what: 'Scale of pixels',
    papers:
      'Digits and drawings from 0 to 1. CIFAR less 0.4914, 0.4822, 0.4465, over 0.2023, 0.1994, 0.2010.',
    corrected: 'Every set less its own mean, over its own standard deviation over all training pixels.',
    original: FOLLOWED,
    source: LOADER,
    setting: 'protocol.pixels',
  },
  {
    what: 'Augmented images',
    papers:
      'CIFAR-10 and CIFAR-100 are cropped and mirrored in training, digits and drawings are left as they are.',
    corrected: 'Where a preset augments, digits are cropped, drawings cropped and mirrored, too.',
    original: FOLLOWED,
    source: LOADER,
    setting: 'protocol.augmentedSets',
  },
  {
    what: 'Border of a cropped image',
    papers: 'Black.',
    corrected: 'The mean pixel.',
    original: FOLLOWED,
    source: LOADER,
    setting: 'protocol.cropFill',
  },
  {
    what: 'Network of the distances',
    papers:
      'VGG-16 (2103.12827: ResNet-18 and DenseNet-121, too) with ten outputs and a linear layer from those to the task’s classes. In train_task_mnist.py MNIST passes a 3 × 3 convolution from one channel to three first.',
    corrected:
      'VGG-16 whose own last layer has the task’s classes, in preset paper; small nets in the others.',
    original:
      'as there, without that convolution: log_det_distance.py has none, and its one channel does not fit the loader’s three. The preset says which network; nets of the programs themselves, as NN2, have the task’s classes there, too.',
    source: `${TRAINING}; the file of the models themselves is not published`,
    setting: 'protocol.tenOutputs',
  },
  {
    what: 'First weights of that network',
    papers: 'PyTorch’s defaults.',
    corrected: 'He-normal convolutions for VGG, ResNet and DenseNet, as in torchvision.',
    original: FOLLOWED,
    source: TRAINING,
    setting: 'protocol.networkWeights',
  },
  {
    what: 'Epochs of that network',
    papers: '50 on MNIST, 100 on CIFAR-10.',
    corrected: '50 on both in preset paper.',
    original: 'twice as many on CIFAR as elsewhere: as there in preset paper.',
    source: TRAINING,
    setting: 'protocol.cifarEpochs',
  },
  {
    what: 'Running statistics of that network',
    papers:
      'It is tested in training mode before it is saved, 50 images at a time, so that batch norm’s running statistics, which the Fisher then uses, have seen the test images last.',
    corrected: 'Statistics of training images. Networks are tested in evaluation mode.',
    original: FOLLOWED,
    source: TRAINING,
    setting: 'protocol.networkTest',
  },
  {
    what: 'Estimator of the Fisher information',
    papers:
      'Squares of a batch’s mean gradient, averaged over the first axis of each parameter and put back in all its rows, added up over batches of 100.',
    corrected: 'Mean of the squares of single samples’ gradients.',
    original: FOLLOWED,
    source: LOG_DET,
    setting: 'fisher.estimator',
  },
  {
    what: 'Images of the Fisher information',
    papers: 'The target’s test images, all of them.',
    corrected: 'Training images that nothing trains on, so that test images choose no space.',
    original: 'as there; the preset says how many, preset paper all.',
    source: LOG_DET,
    setting: 'fisher.images',
  },
  {
    what: 'Batches of the Fisher information',
    papers: 'In the order of the set, which its estimator depends on.',
    corrected: 'In random order; the default estimator does not depend on it.',
    original: FOLLOWED,
    source: `${LOADER}, ${LOG_DET}`,
    setting: 'protocol.fisherOrder',
  },
  {
    what: 'CIFAR-10’s ten classes as a target',
    papers:
      'As the file stands, all images of that target have label 0: it is made by the loader of several classes. The line before, switched off, has the ten labels.',
    corrected: 'The ten labels.',
    original: NOT_FOLLOWED,
    source: LOG_DET,
  },
  {
    what: 'Heads of different tasks',
    papers: 'The smaller head goes on with zeros, in the order of the labels.',
    corrected: 'Rows of the source’s head are matched to the target’s classes by what they predict.',
    original: FOLLOWED,
    source: LOG_DET,
    setting: 'fisher.head',
  },
  {
    what: 'ε of the log-det distance',
    papers: '1e-10, below which about a quarter of the entries lie.',
    corrected:
      '1e-6 in the presets, chosen by stability; results and report say what lies below it and show the distances over ε.',
    original: FOLLOWED,
    source: LOG_DET,
    setting: 'fisher.epsilon',
  },
  {
    what: 'Average over seeds',
    papers: 'Of the distances of ten seeds.',
    corrected: 'The same; with --average of the Fishers, before they are compared.',
    original: FOLLOWED,
    source: `${LOG_DET}, tables of 2103.00241`,
    setting: 'fisher.average',
  },
  {
    what: 'Log-det distance',
    papers:
      'The text has the log-determinant of the whole matrix. The program sums absolute sums of log-ratios over the diagonal, a parameter tensor at a time, and divides by the number of parameters.',
    corrected: 'As the program.',
    original: FOLLOWED,
    source: LOG_DET,
  },
  {
    what: 'Fréchet distance',
    papers: 'The text has a root, the program prints its square, ½ Σ (√F_s − √F_t)².',
    corrected: 'As the text.',
    original: FOLLOWED,
    source: 'fisher_distance_mnist.py',
    setting: 'protocol.squaredFrechet',
  },
  {
    what: 'A task’s distance to itself',
    papers: '0, by definition.',
    corrected: 'The null beside it: the same task from other first weights.',
    original: 'as there; the null stands beside it.',
    source: 'tables of 2103.00241',
  },
];
