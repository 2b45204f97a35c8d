import { z } from 'zod';
import { NETWORK_NAMES } from '../../models/catalogue';
import { HEADS } from '../../nas/backbone';
import { SEARCH_LABELS } from '../../nas/methods/labels';
import type { ProtocolName } from '../../report/protocol';
import { taskSpecSchema } from '../../tasks/spec-schema';
import { fisherSchema } from './fisher';
import { PROTOCOLS, protocolSchema } from './protocols';

const count = z.int().positive();

/** What is done to the images of every step; digits are never mirrored. Left out: nothing. */
const augment = z.strictObject({ crop: z.int().nonnegative(), flip: z.boolean() }).optional();

/** How a network is trained: which, how wide, on how many images, for how long. */
const trainingSchema = z.strictObject({
  network: z.enum(NETWORK_NAMES),
  /** Factor on the hidden widths of the published net. */
  width: z.number().positive(),
  /** Training images a task, at most. */
  images: count,
  epochs: count,
  batchSize: count,
  lr: z.number().positive(),
  augment,
});

/** Everything that a preset decides. A run keeps its settings in its folder, so that a resumed run uses the same. */
export const settingsSchema = z.strictObject({
  preset: z.string(),
  protocol: protocolSchema,
  /** Ids of the tasks to train for; a distance matrix needs two. */
  tasks: z.array(z.string()).min(1),
  /** Tasks that a file added to the built-in ones. */
  ownTasks: z.array(taskSpecSchema).optional(),
  /** Seeds are `seed`, `seed` + 1, ... */
  seed: z.int().nonnegative(),
  seeds: count,
  training: trainingSchema,
  fisher: fisherSchema,
  search: z.strictObject({
    /** Task the architectures are searched for. */
    target: z.string(),
    /** What `run` searches by. */
    methods: z.array(z.enum(SEARCH_LABELS)).min(1),
    nodes: z.union([z.literal(3), z.literal(4)]),
    /** Channels of a cell's nodes, in a stack of the first cells'. */
    channels: count,
    /** Cells of a stack, two reductions among them. Left out: one cell on the images themselves. */
    cells: z.int().min(3).optional(),
    /** What stands before the linear head of a lone cell. Left out: all pixels; a stack has their mean. */
    head: z.enum(HEADS).optional(),
    candidates: z.int().min(2),
    rounds: count,
    stages: count,
    weightEpochs: count,
    alphaEpochs: count,
    /** Adam's learning rate of α; see `SearchSettings`. */
    alphaLr: z.number().positive(),
    /** How FUSE counts its steps; see `SearchSettings`. */
    budget: z.enum(['work', 'epochs']),
    batchSize: count,
    /** Images of the target's training set that the search sees, validation included. */
    images: count,
    /** Share of them that trains α. */
    validation: z.number().positive().lt(1),
    /** Genotypes tried on each base task to fill the dictionary; the task-aware space is what the best two use. */
    dictionaryDraws: count,
  }),
  /** Training from scratch of every architecture of the final table, on the target task. */
  final: z.strictObject({
    images: count,
    epochs: count,
    batchSize: count,
    lr: z.number().positive(),
    augment,
  }),
  /**
   * Cells of the final table that nobody searches: so many of those that random search draws, beside the ones of all
   * its draws with most convolutions and with fewest parameters. With 0 there are none of the three.
   */
  unsearched: z.int().nonnegative(),
  /** Hand-made networks of the final table. */
  baselines: z.array(z.strictObject({ network: z.enum(NETWORK_NAMES), width: z.number().positive() })),
});
export type Settings = z.infer<typeof settingsSchema>;
export type TrainingSettings = Settings['training'];

const MNIST_TASKS = ['0', '1', '2', '3'];
const EIGHT_TASKS = [...MNIST_TASKS, '4', '5', '6', '7'];
/** Six each of two data sets, so that closeness varies within both: one class, halves, a few classes, all. */
const TWELVE_TASKS = [
  ...['0', '1', '2', '3', 'mnist:odd', 'mnist:8'],
  ...[
    'fashion:shirt',
    'fashion:bag',
    'fashion:shoes',
    'fashion:each-shoe',
    'fashion:each-top',
    'fashion:all',
  ],
];
const ALL = 60_000;
/**
 * Added to both Fishers in the log-det distance, in every preset: the smallest one at which the order of distances is steady
 * between seeds, between halves of the images and under other names of labels (`npm run epsilon`).
 */
const DISTANCE_EPSILON = 1e-6;
/** As VGG and ResNet are trained on CIFAR. */
export const AUGMENT = { crop: 4, flip: true };

/** What the seed and the protocol leave open. */
type Preset = Omit<Settings, 'seed' | 'protocol'>;

const paper: Preset = {
  preset: 'paper',
  tasks: EIGHT_TASKS,
  seeds: 10,
  training: {
    network: 'vgg16',
    width: 1,
    images: ALL,
    epochs: 50,
    batchSize: 64,
    lr: 1e-3,
    augment: AUGMENT,
  },
  fisher: {
    estimator: 'empirical',
    head: 'matched',
    epsilon: DISTANCE_EPSILON,
    average: false,
    images: 'held-out',
    count: 10_000,
    batchSize: 100,
  },
  search: {
    methods: [...SEARCH_LABELS],
    target: '3',
    nodes: 4,
    channels: 3,
    candidates: 3,
    rounds: 100,
    stages: 10,
    weightEpochs: 3,
    alphaEpochs: 10,
    alphaLr: 1e-2,
    budget: 'epochs',
    batchSize: 128,
    images: ALL,
    validation: 0.2,
    dictionaryDraws: 20,
  },
  final: { images: ALL, epochs: 50, batchSize: 128, lr: 1e-3, augment: AUGMENT },
  unsearched: 10,
  baselines: NETWORK_NAMES.map((network) => ({ network, width: 1 })),
};

const standard: Preset = {
  ...paper,
  preset: 'standard',
  tasks: MNIST_TASKS,
  seeds: 3,
  training: { network: 'smallCifarNet', width: 1, images: ALL, epochs: 3, batchSize: 64, lr: 1e-3 },
  fisher: { ...paper.fisher, count: 2000 },
  search: {
    ...paper.search,
    rounds: 3,
    stages: 1,
    weightEpochs: 1,
    alphaEpochs: 40,
    budget: 'work',
    images: 6000,
    dictionaryDraws: 12,
  },
  final: { images: ALL, epochs: 5, batchSize: 64, lr: 2e-3 },
  unsearched: 3,
  baselines: [
    { network: 'NN2', width: 1 },
    { network: 'smallCifarNet', width: 1 },
  ],
};

const quick: Preset = {
  ...standard,
  preset: 'quick',
  seeds: 2,
  training: { network: 'NN2', width: 0.25, images: 3000, epochs: 3, batchSize: 64, lr: 2e-3 },
  fisher: { ...paper.fisher, count: 400 },
  search: {
    methods: ['FUSE task-aware', 'FUSE standard', 'FUSE random-space', 'random search'],
    target: '3',
    nodes: 4,
    channels: 3,
    candidates: 3,
    rounds: 3,
    stages: 1,
    weightEpochs: 2,
    alphaEpochs: 100,
    alphaLr: 1e-2,
    budget: 'work',
    batchSize: 64,
    images: 1024,
    validation: 0.25,
    dictionaryDraws: 12,
  },
  final: { images: 12_000, epochs: 3, batchSize: 64, lr: 2e-3 },
  baselines: [
    { network: 'NN2', width: 0.25 },
    { network: 'smallCifarNet', width: 0.125 },
  ],
};

/** The whole matrix of MNIST and CIFAR-10 on a small machine: a small network, few images. */
const eight: Preset = {
  ...quick,
  preset: 'eight',
  tasks: EIGHT_TASKS,
  seeds: 3,
  training: { network: 'smallCifarNet', width: 0.25, images: 4000, epochs: 10, batchSize: 64, lr: 1e-3 },
  fisher: { ...paper.fisher, count: 1000 },
};

/** Tasks enough to tell whether closeness predicts transfer: MNIST and Fashion-MNIST, five seeds, 60 small networks. */
const twelve: Preset = {
  ...quick,
  preset: 'twelve',
  tasks: TWELVE_TASKS,
  seeds: 5,
  training: { network: 'smallCifarNet', width: 0.25, images: 3000, epochs: 5, batchSize: 64, lr: 1e-3 },
};

/** One cell whose head sees the mean over all pixels: most parameters are the cell's, and cells differ in size. */
const pooled: Preset = {
  ...quick,
  preset: 'pooled',
  search: { ...quick.search, channels: 16, head: 'mean' },
};

/** A stack of five cells, two of which are reductions, on the budget of a small machine. */
const stacked: Preset = {
  ...quick,
  preset: 'stacked',
  search: { ...quick.search, cells: 5, channels: 8, images: 512 },
  final: { ...quick.final, images: 4000 },
};

export const PRESETS = { quick, pooled, stacked, standard, eight, twelve, paper } as const;
export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** The settings of a preset, with what the protocol sets over it. */
export function settingsOf(preset: PresetName, seed: number, name: ProtocolName = 'corrected'): Settings {
  const { rules, fisher, search } = PROTOCOLS[name];
  const base: Preset = PRESETS[preset];
  return {
    ...base,
    seed,
    protocol: { name, ...rules },
    fisher: { ...base.fisher, ...fisher },
    search: { ...base.search, ...search },
  };
}

const augmentation = ({ augment }: Pick<TrainingSettings, 'augment'>): string =>
  augment ? `crop ${augment.crop}${augment.flip ? ' and flip' : ''}` : 'none';

const headWords = ({ cells, head = cells ? 'mean' : 'flat' }: Settings['search']): string =>
  head === 'mean' ? 'the mean over all pixels' : 'every pixel';

/** What a run leaves out against the paper preset, a sentence each; nothing for that preset itself. */
export function cutDown(settings: Settings): string[] {
  const { protocol, tasks, seeds, training, fisher, search, final, unsearched, baselines } = settings;
  const full = paper;
  const lines: string[] = [];
  const compare = (what: string, ours: number | string, theirs: number | string) => {
    if (ours !== theirs) lines.push(`${what}: ${ours} instead of ${theirs}`);
  };
  compare('Protocol', protocol.name, 'corrected');
  compare('Tasks', tasks.join(', '), full.tasks.join(', '));
  compare('Seeds', seeds, full.seeds);
  compare(
    'Network of the distances',
    `${training.network} at width ${training.width}`,
    `${full.training.network} at width 1`,
  );
  compare('Training images a task, at most', training.images, full.training.images);
  compare('Training epochs', training.epochs, full.training.epochs);
  compare('Augmentation', augmentation(training), augmentation(full.training));
  compare('Images a task for the Fisher information, at most', fisher.count, full.fisher.count);
  compare('Searches', search.methods.join(', '), full.search.methods.join(', '));
  compare('Nodes of a cell', search.nodes, full.search.nodes);
  compare('Cells of a network', search.cells ?? 1, full.search.cells ?? 1);
  compare('Before the linear head', headWords(search), headWords(full.search));
  compare('Candidates a round', search.candidates, full.search.candidates);
  compare('FUSE rounds', search.rounds, full.search.rounds);
  compare('Stages a round', search.stages, full.search.stages);
  compare('Epochs on weights a stage', search.weightEpochs, full.search.weightEpochs);
  compare('FUSE counts', search.budget, full.search.budget);
  compare('Epochs on α a stage', search.alphaEpochs, full.search.alphaEpochs);
  compare('Images the search sees', search.images, full.search.images);
  compare(
    'Genotypes tried a base task for the dictionary',
    search.dictionaryDraws,
    full.search.dictionaryDraws,
  );
  compare('Training images of the final architectures', final.images, full.final.images);
  compare('Augmentation of the final architectures', augmentation(final), augmentation(full.final));
  compare('Epochs of the final architectures', final.epochs, full.final.epochs);
  compare('Cells trained without a search', unsearched, full.unsearched);
  const names = (list: Settings['baselines']) =>
    list.map(({ network, width }) => `${network} × ${width}`).join(', ');
  compare('Hand-made networks and their widths', names(baselines), names(full.baselines));
  return lines;
}
