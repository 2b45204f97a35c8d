import type { Cell } from '../../fisher/measure';
import { aGenotype, type Genotype } from '../../nas/genotype';
import type { FuseState } from '../../nas/methods/fuse-state';
import type { SavedSearch } from '../../nas/search-state';
import type { WinnerState } from '../../nas/train-winner';
import {
  aNumber,
  anObject,
  aShape,
  aText,
  aWholeNumber,
  bytes,
  checkAll,
  kind,
  listOf,
  mapOf,
  numbers,
  optional,
  options,
} from '../../tensor/guard';
import type { NetworkChoice, SearchRound, Winner } from '../protocol';
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

/** What is checked of records that the browser kept, before anything is made of them. */

const floats = kind('an array of floats', (value) => value instanceof Float32Array);
const tensors = mapOf(options({ shape: aShape, data: floats }));
const aTest = { step: aWholeNumber, loss: aNumber, accuracy: aNumber };
const aPoint = options({ ...aTest, epoch: aNumber, imagesPerSecond: aNumber });
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
});
const aCell = options({
  ...{ key: aText, source: aText, target: aText, logdet: aNumber, frechet: aNumber },
  seeds: options({ source: numbers, target: numbers }),
});
const aSaved = optional(options({ state: anObject, tensors }));
const aSearch = options({
  task: aText,
  rounds: listOf(
    'rounds',
    options({ candidates: listOf('genotypes', aGenotype), shares: listOf('shares', numbers) }),
  ),
  saved: aSaved,
  found: optional(aGenotype),
  training: aSaved,
  winner: optional(
    options({ genotype: aGenotype, testError: aNumber, trainImages: anObject, safetensors: bytes }),
  ),
  at: aNumber,
});

/** @throws ArgumentError */
export function checkRun(value: unknown): RunRecord {
  checkAll('kept', { run: [value, aRun] });
  return value as RunRecord;
}

export type KeptCells = Readonly<Partial<Record<NetworkChoice, readonly Cell[]>>>;

/** @throws ArgumentError */
export function checkCells(value: unknown): KeptCells {
  const cells = optional(listOf('cells', aCell));
  checkAll('kept', { matrix: [value, options({ smallCifarNet: cells, NN2: cells })] });
  return value as KeptCells;
}

/** @throws ArgumentError */
export function checkSearch(value: unknown): SearchRecord {
  checkAll('kept', { search: [value, aSearch] });
  return value as SearchRecord;
}

/** @throws ArgumentError */
export function checkInk(value: unknown): Uint8Array {
  checkAll('kept', { drawing: [value, bytes] });
  return value as Uint8Array;
}
