import type { Cell } from '../../fisher/measure';
import { aGenotype, type Genotype } from '../../nas/genotype';
import type { FuseState } from '../../nas/methods/fuse-state';
import type { RandomState } from '../../nas/methods/random-search';
import type { SavedSearch } from '../../nas/search-state';
import type { WinnerState } from '../../nas/train-winner';
import {
  aNumber,
  anObject,
  aShape,
  aText,
  aWholeNumber,
  bytes,
  type Check,
  checkArgument,
  kind,
  listOf,
  mapOf,
  numbers,
  optional,
  options,
} from '../../tensor/guard';
import type { NetworkChoice, Rival, SearchRound, Winner } from '../protocol';
import type { RunRecord } from './train-run';

/** A search for a task as the browser keeps it. */
export interface SearchRecord {
  readonly task: string;
  readonly rounds: readonly SearchRound[];
  /** Where the search stands, until it is over. */
  readonly saved?: SavedSearch<FuseState>;
  readonly found?: Genotype;
  /** Where the training of what was found stands, until it is over. */
  readonly training?: SavedSearch<WinnerState>;
  readonly winner?: Winner;
  /** When it was kept, in milliseconds since 1970. */
  readonly at: number;
}

/** What a search's winner is compared with, as the browser keeps it. */
export interface ComparisonRecord {
  readonly task: string;
  /** Those that are trained, in the order in which they are. */
  readonly rivals: readonly Rival[];
  /** How far random search has come, while it is under way. */
  readonly random?: {
    readonly searched?: SavedSearch<RandomState>;
    readonly found?: Genotype;
    readonly training?: SavedSearch<WinnerState>;
  };
}

/** The cell of a link, as the browser keeps it. */
export interface LinkedRecord {
  readonly task: string;
  /** As it stands in the link. */
  readonly code: string;
  /** Where its training stands, until it is over. */
  readonly training?: SavedSearch<WinnerState>;
  readonly winner?: Winner;
}

/** What is checked of records that the browser kept, before anything is made of them. */

export const floats = kind('an array of floats', (value) => value instanceof Float32Array);
export const tensors = mapOf(options({ shape: aShape, data: floats }));
const aTest = { step: aWholeNumber, loss: aNumber, accuracy: aNumber };
const aPoint = options({ ...aTest, epoch: aNumber, imagesPerSecond: aNumber });
const anAnswers = options({
  ...{ step: aWholeNumber, classes: listOf('names', aText), images: aWholeNumber, mistakes: aWholeNumber },
  confusion: listOf('rows', numbers),
  wrong: listOf('digits', options({ place: aWholeNumber, image: bytes, label: aText, answer: aText })),
});
const aRun = options({
  settings: options({
    task: aText,
    network: aText,
    lr: aNumber,
    batchSize: aWholeNumber,
    seed: aWholeNumber,
  }),
  about: anObject,
  origin: optional(aText),
  step: aWholeNumber,
  net: tensors,
  adam: optional(options({ steps: aWholeNumber, tensors })),
  curves: options({ points: listOf('points', aPoint), tests: listOf('points', options(aTest)) }),
  answers: optional(anAnswers),
});
const aCell = options({
  ...{ key: aText, source: aText, target: aText, logdet: aNumber, frechet: aNumber },
  seeds: options({ source: numbers, target: numbers }),
});
const aSaved = optional(options({ state: anObject, tensors }));
const aWinner = options({
  ...{ genotype: aGenotype, testError: aNumber, trainImages: anObject, safetensors: bytes },
});
const aSearch = options({
  task: aText,
  rounds: listOf(
    'rounds',
    options({ candidates: listOf('genotypes', aGenotype), shares: listOf('shares', numbers) }),
  ),
  saved: aSaved,
  found: optional(aGenotype),
  training: aSaved,
  winner: optional(aWinner),
  at: aNumber,
});

const aComparison = options({
  task: aText,
  rivals: listOf(
    'rivals',
    options({ kind: aText, testError: aNumber, parameters: aWholeNumber, genotype: optional(aGenotype) }),
  ),
  random: optional(options({ searched: aSaved, found: optional(aGenotype), training: aSaved })),
});

/** A check of what the browser kept. It throws ArgumentError, which calls it so. */
export const checkOf =
  <T>(what: string, check: Check) =>
  (value: unknown): T => {
    checkArgument('kept', what, value, check);
    return value as T;
  };

export type KeptCells = Readonly<Partial<Record<NetworkChoice, readonly Cell[]>>>;
const cells = optional(listOf('cells', aCell));
const aLinked = options({ task: aText, code: aText, training: aSaved, winner: optional(aWinner) });

export const checkRun = checkOf<RunRecord>('run', aRun);
export const checkCells = checkOf<KeptCells>('matrix', options({ smallCifarNet: cells, NN2: cells }));
export const checkSearch = checkOf<SearchRecord>('search', aSearch);
export const checkComparison = checkOf<ComparisonRecord>('comparison', aComparison);
export const checkLinked = checkOf<LinkedRecord>('cell', aLinked);
export const checkInk = checkOf<Uint8Array>('drawing', bytes);
