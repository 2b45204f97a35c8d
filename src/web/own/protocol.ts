import type { Genotype } from '../../nas/genotype';
import type { Effect } from '../../nas/operations/operation';
import type { FisherLayer, MatrixCell, NetworkChoice } from '../measured';

/** What the page and the engine say to each other of a person's own pictures. Plain data. */

/** Id of the task of own pictures, beside those of MNIST. */
export const OWN_TASK = 'own';

/** Red, green and blue, [3, 28, 28], 0 to 255. */
export type Picture = Uint8Array;

export interface OwnClass {
  readonly name: string;
  readonly pictures: readonly Picture[];
}

/** Classes of a person's own. */
export type Collection = readonly OwnClass[];

/** How networks see pictures: as grey values as they are, the other way round, or in colour. */
export type Seen = 'grey' | 'inverted' | 'colour';

/** What a person has collected. */
export interface Collected {
  readonly collection: Collection;
  readonly seen: Seen;
}

/** Pictures of own classes, as networks see them. */
export interface OwnPictures {
  readonly classes: readonly string[];
  /** 1: grey, 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** [N, channels, 28, 28], 0 to 255. */
  readonly images: Uint8Array;
  /** [N], indices into `classes`. */
  readonly labels: Uint8Array;
}

/** A cell that a search has found for a task, and its share of right answers. */
export interface KnownCell {
  readonly task: string;
  readonly genotype: Genotype;
  readonly accuracy: number;
}

/** safetensors: what `models.load` reads. */
export type OwnFormat = 'safetensors' | 'onnx';

export type OwnAsk =
  /** Keeps what was collected. */
  | { readonly type: 'keep'; readonly collected: Collected }
  /** Takes the pictures, and trains a network on them. */
  | { readonly type: 'train'; readonly pictures: OwnPictures; readonly network: NetworkChoice }
  /** Computes the trained network's Fisher information on its test pictures. */
  | { readonly type: 'fisher' }
  /** Measures distances to and from MNIST's tasks; `known` are those between them. */
  | { readonly type: 'compare'; readonly known: readonly MatrixCell[] }
  /** Searches a cell, in the space of the closest task's cells where one is known. */
  | { readonly type: 'search'; readonly closest: string; readonly known: readonly KnownCell[] }
  /** Asks for the trained network as a file. */
  | { readonly type: 'file'; readonly format: OwnFormat }
  /** Asks what the trained network says of a picture, [channels, 28, 28]. */
  | { readonly type: 'name'; readonly pixels: Uint8Array };

/** Of an epoch of training. */
export interface OwnEpoch {
  readonly loss: number;
  /** Share in [0, 1]. */
  readonly accuracy: number;
}

export interface OwnTrained {
  readonly network: NetworkChoice;
  readonly classes: readonly string[];
  readonly channels: 1 | 3;
  readonly epochs: readonly OwnEpoch[];
  readonly totalEpochs: number;
  readonly images: { readonly train: number; readonly test: number };
  /** Once it is over: share in [0, 1] of the test pictures. */
  readonly testAccuracy?: number;
}

export interface OwnSearch {
  /** How the space came about. */
  readonly reason: string;
  readonly operations: readonly string[];
  readonly effects: Readonly<Record<string, Effect>>;
  readonly winner?: {
    readonly genotype: Genotype;
    readonly testAccuracy: number;
    readonly parameters: number;
  };
}

export type OwnReport =
  /** What the browser kept of what was collected. */
  | { readonly type: 'collected'; readonly collected: Collected }
  | { readonly type: 'trained'; readonly trained: OwnTrained }
  | { readonly type: 'fisher'; readonly layers: readonly FisherLayer[]; readonly images: number }
  | { readonly type: 'distances'; readonly cells: readonly MatrixCell[]; readonly total: number }
  | { readonly type: 'search'; readonly search: OwnSearch }
  | { readonly type: 'named'; readonly probabilities: readonly number[] };
