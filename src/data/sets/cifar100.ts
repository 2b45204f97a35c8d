import type { CifarFormat } from '../cifar';
import { type CifarLayout, hasCifarFiles, loadCifar } from '../cifar-folder';
import { defineDataset, published } from '../define';

/**
 * The classes are the 100 fine ones; of the 20 coarse ones only the range is checked.
 * @example
 * ```ts
 * data.CIFAR100.labelRanges; // → [20, 100]
 * ```
 */
export const CIFAR100: CifarFormat = {
  name: 'CIFAR-100',
  labelRanges: [20, 100],
  classes: [
    'apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle',
    'bowl boy bridge bus butterfly camel can castle caterpillar cattle',
    'chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur',
    'dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard',
    'lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain',
    'mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree',
    'plain plate poppy porcupine possum rabbit raccoon ray road rocket',
    'rose sea seal shark shrew skunk skyscraper snail snake spider',
    'squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor',
    'train trout tulip turtle wardrobe whale willow_tree wolf woman worm',
  ].flatMap((row) => row.split(' ')),
};

const LAYOUT: CifarLayout = {
  format: CIFAR100,
  train: /^train\.bin$/,
  test: 'test.bin',
  names: 'fine_label_names.txt',
  wanted: 'train.bin',
  trainFiles: 1,
  trainImages: 50_000,
  testImages: 10_000,
  folder: 'cifar-100-binary',
  archive: 'cifar-100-binary.tar.gz',
  advice:
    'Name the folder or archive of CIFAR-100 in its binary version, or get it with taskgrad data fetch cifar100',
};

/** As CIFAR-10, with a hundred classes. */
export const cifar100 = defineDataset({
  name: 'cifar100',
  title: CIFAR100.name,
  format: 'binary',
  mirrors: true,
  source: {
    base: 'https://www.cs.toronto.edu/~kriz/',
    files: [published(LAYOUT.archive, '03b5dce01913d631647c71ecec9e9cb8')],
  },
  archive: { name: LAYOUT.archive, like: /cifar-?100/i },
  recognise: (names) => hasCifarFiles(names, LAYOUT),
  load: (place) => loadCifar(place, LAYOUT),
  tasks: [],
});
