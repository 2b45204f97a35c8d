import { z } from 'zod';
import { FIRST_WEIGHTS } from '../../nas/first-weights';
import { ALPHA_ORDERS, RENEWALS, WINNER_HEADS } from '../../nas/search-rules';
import { SCHEDULES } from '../../nas/train-winner';
import { PROTOCOL_NAMES, type ProtocolName } from '../../report/protocol';
import { NEGATIVES } from '../../tasks/task';
import type { FisherSettings } from './fisher';

/** What a protocol decides, whatever the preset. `src/report/fidelity/` says why, rule by rule. */
export const protocolSchema = z.strictObject({
  name: z.enum(PROTOCOL_NAMES),
  /** The rest of a task. */
  negatives: z.enum(NEGATIVES),
  /** Whether MNIST's tasks of one digit or of all exchange the labels 1 and 6. */
  exchangedDigits: z.boolean(),
  /** Whether even is label 1 where odd digits are told from even ones. */
  evenIsOne: z.boolean(),
  /** How many images the rest of a task has; see `RestRules`. */
  fixedTestRest: z.boolean(),
  wholeRest: z.boolean(),
  /** Images as they are, or digits and drawings as large as CIFAR's and in three channels, for cells, too. */
  imageSize: z.enum(['own', 'cifar']),
  /** By the mean and deviation of the training pixels, or as the public programs' loader has them. */
  pixels: z.enum(['standardised', 'loader']),
  /** Whether deep networks have ten outputs, and a linear layer from those to the task's classes. */
  tenOutputs: z.boolean(),
  /** What hand-made networks begin with: what each was published with, or PyTorch's defaults. */
  networkWeights: z.enum(['published', 'default']),
  /** Epochs of the distances' networks on CIFAR, as a multiple of those on other sets. */
  cifarEpochs: z.int().positive(),
  /** Whether the Fréchet distance is given squared. */
  squaredFrechet: z.boolean(),
  /** Whose images `augment` changes; it never mirrors digits. */
  augmentedSets: z.enum(['all', 'cifar']),
  /** What a crop brings in from outside. */
  cropFill: z.enum(['mean', 'black']),
  /** In which order test images come for the Fisher information, some of whose estimators depend on who shares a batch. */
  fisherOrder: z.enum(['shuffled', 'set']),
  /** Operations that searches draw: all equally often, or with three in the place of others, as `programSpace`. */
  operations: z.enum(['all', 'replaced']),
  /** Of the winner's convolutions: in the last training, and in FUSE when it meets new rivals. */
  winnerWeights: z.enum(FIRST_WEIGHTS),
  /** Of FUSE: for every round, or for every stage. */
  optimizers: z.enum(RENEWALS),
  /** Validation images of a step of α; left out: as many as a step of the weights has. */
  alphaBatchSize: z.int().positive().optional(),
  /** Those and what follows are of searches; see `SearchRules`. */
  alphaOrder: z.enum(ALPHA_ORDERS),
  winnerHead: z.enum(WINNER_HEADS),
  distinct: z.boolean(),
  sharedSeeds: z.boolean(),
  /** Whether the weights of searches learn from images that are moved and mirrored, those of `augmentedSets`. */
  augmentedSearch: z.boolean(),
  /** Learning rate of the last training. */
  schedule: z.enum(SCHEDULES),
  /** Whether batch norm learns scale and shift in the last training. */
  affine: z.boolean(),
  /**
   * Test images that batch norm normalises together, in training mode, after the last training and after that of any
   * other network, whose running statistics then have seen them. Left out: none, networks are tested in evaluation mode.
   */
  winnerTest: z.int().positive().optional(),
  networkTest: z.int().positive().optional(),
});
export type Protocol = z.infer<typeof protocolSchema>;

/** A row a protocol: the rules, and what it sets over every preset. */
export const PROTOCOLS = {
  corrected: {
    rules: {
      negatives: 'random',
      exchangedDigits: false,
      evenIsOne: false,
      fixedTestRest: false,
      wholeRest: false,
      imageSize: 'own',
      pixels: 'standardised',
      tenOutputs: false,
      networkWeights: 'published',
      cifarEpochs: 1,
      squaredFrechet: false,
      augmentedSets: 'all',
      cropFill: 'mean',
      fisherOrder: 'shuffled',
      operations: 'all',
      winnerWeights: 'default',
      optimizers: 'round',
      alphaOrder: 'shuffled',
      winnerHead: 'fresh',
      distinct: true,
      sharedSeeds: false,
      augmentedSearch: false,
      schedule: 'cosine',
      affine: true,
    },
    fisher: {},
    search: {},
  },
  original: {
    rules: {
      negatives: 'first',
      exchangedDigits: true,
      evenIsOne: true,
      fixedTestRest: true,
      wholeRest: true,
      imageSize: 'cifar',
      pixels: 'loader',
      tenOutputs: true,
      networkWeights: 'default',
      cifarEpochs: 2,
      squaredFrechet: true,
      augmentedSets: 'cifar',
      cropFill: 'black',
      fisherOrder: 'set',
      operations: 'replaced',
      winnerWeights: 'xavier',
      optimizers: 'stage',
      alphaBatchSize: 1000,
      alphaOrder: 'fixed',
      winnerHead: 'kept',
      distinct: false,
      sharedSeeds: true,
      augmentedSearch: true,
      schedule: 'constant',
      affine: false,
      winnerTest: 1000,
      networkTest: 50,
    },
    fisher: { estimator: 'original', head: 'padded', epsilon: 1e-10, average: false, images: 'test' },
    search: { alphaLr: 1e-3, budget: 'epochs' },
  },
} as const satisfies Record<
  ProtocolName,
  { rules: Omit<Protocol, 'name'>; fisher: Partial<FisherSettings>; search: object }
>;
