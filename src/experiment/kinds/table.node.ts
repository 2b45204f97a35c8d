import type { Kind } from '../kind';
import { adapterKind } from './adapter';
import { baselineKind } from './baseline.node';
import { chooseKind } from './choose.node';
import { contestKind } from './contest.node';
import { distanceKind } from './distance.node';
import { embeddingKind } from './embedding.node';
import { evaluateKind } from './evaluate.node';
import { fineTuneKind } from './fine-tune.node';
import { fisherKind } from './fisher.node';
import { measureKind } from './measure.node';
import { networkKind } from './network.node';
import { rowKind } from './row.node';
import { searchKind } from './search.node';
import { sharedKind } from './shared.node';
import { winnerKind } from './winner.node';

/** Every kind of job that taskgrad's own plans ask for: what workers know. */
export const KINDS: readonly Kind[] = [
  adapterKind,
  networkKind,
  fisherKind,
  distanceKind,
  measureKind,
  embeddingKind,
  evaluateKind,
  searchKind,
  winnerKind,
  chooseKind,
  baselineKind,
  fineTuneKind,
  rowKind,
  contestKind,
  sharedKind,
];
