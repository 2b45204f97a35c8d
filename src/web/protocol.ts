import type { AdapterFacts } from '../../runtime/adapter-facts';
import type { Grouping, Profile, ProfileRow } from '../../runtime/profile';
import type { Genotype } from '../nas/genotype';
import type { Effect } from '../nas/operations/operation';

/** What the page and the engine's worker say to each other. Everything here is plain data. */

/** Networks of the page, by the names of the catalogue. */
export type NetworkChoice = 'smallCifarNet' | 'NN2';

export interface TrainSettings {
  /** Id of a task. */
  readonly task: string;
  /** `file`: one that was loaded; a run of it cannot be begun anew. */
  readonly network: NetworkChoice | 'file';
  readonly lr: number;
  readonly batchSize: number;
  /** Of first weights and the order of images: a whole number from 0 to 2³² − 1. */
  readonly seed: number;
}

export interface FisherSettings {
  readonly network: NetworkChoice;
  /** Ids of tasks: whose network, and on whose test images. */
  readonly source: string;
  readonly target: string;
  /** Which test images: `count` of them from number `first` on. */
  readonly first: number;
  readonly count: number;
}

/** What the page asks of the engine. Work that was under way waits, and goes on afterwards. */
export type Command =
  /** Opens the GPU, then loads at most this many images: out of files, where there are some. */
  | {
      readonly type: 'open';
      readonly trainImages: number;
      readonly testImages: number;
      readonly quick: boolean;
      readonly files?: readonly File[];
    }
  /** Goes on with the run of these settings, or begins it. */
  | { readonly type: 'train'; readonly settings: TrainSettings }
  /** Makes one step. */
  | { readonly type: 'step'; readonly settings: TrainSettings }
  /** Pauses what is under way, or this activity if it waits for its turn. It can go on later. */
  | { readonly type: 'pause'; readonly activity?: Activity }
  /** Forgets the run. */
  | { readonly type: 'reset' }
  /** Forgets all work, also what the browser keeps of it. */
  | { readonly type: 'fresh' }
  /** Asks for the run as a file. */
  | { readonly type: 'save' }
  /** Puts a network out of a file in the place of the run; `settings` are for what the file does not say. */
  | { readonly type: 'load'; readonly file: File; readonly settings: TrainSettings }
  /** Keeps the drawing. */
  | { readonly type: 'ink'; readonly ink: Uint8Array | undefined }
  | { readonly type: 'fisher'; readonly settings: FisherSettings }
  | { readonly type: 'matrix'; readonly network: NetworkChoice }
  /** Goes on with the search for a task, or begins it. */
  | { readonly type: 'search'; readonly task: string; readonly anew: boolean }
  /** [28 × 28] grey values, 0 to 255, white on black as in MNIST. */
  | { readonly type: 'draw'; readonly pixels: Uint8Array }
  | { readonly type: 'profile'; readonly settings: TrainSettings };

/**
 * What the engine does. `paused`: training stands still and can go on. Training, measuring and searching exclude each
 * other. A drawn digit is named at any time.
 */
export type Activity =
  | 'opening'
  | 'idle'
  | 'training'
  | 'paused'
  | 'measuring'
  | 'searching'
  | 'profiling'
  | 'recovering'
  | 'failed';

/** Loss and accuracy over the steps since the point before. */
export interface TrainPoint {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  /** Share in [0, 1]. */
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

export interface TestPoint {
  readonly step: number;
  readonly loss: number;
  /** Share in [0, 1]. */
  readonly accuracy: number;
}

/** First-layer weights, one filter after another. */
export interface Filters {
  readonly step: number;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

/** A layer's Fisher values as a picture. */
export interface FisherLayer {
  readonly name: string;
  readonly shape: readonly number[];
  /** Of the picture, which is not larger than the screen can show: a pixel is the mean over its values. */
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  /** Of the whole network's sum, in [0, 1]. */
  readonly share: number;
}

export interface FisherPicture {
  readonly settings: FisherSettings;
  readonly layers: readonly FisherLayer[];
  /** [28 × 28] of the first image. */
  readonly image: Uint8Array;
  readonly label: string;
  /** Images of the target's test data. */
  readonly available: number;
}

export interface MatrixCell {
  readonly source: string;
  readonly target: string;
  readonly logdet: number;
  readonly frechet: number;
}

export interface SearchRound {
  readonly candidates: readonly Genotype[];
  /** Mixture weights softmax(α) after each stage, one for each candidate. */
  readonly shares: readonly (readonly number[])[];
  /** Index of a candidate, once the round is over. */
  readonly winner?: number;
}

export interface SearchState {
  readonly task: string;
  readonly rounds: readonly SearchRound[];
  readonly totalRounds: number;
  readonly totalStages: number;
  /** What the operations do that a cell may have, by their names. */
  readonly effects: Readonly<Record<string, Effect>>;
  readonly winner?: Winner;
}

export interface Winner {
  readonly genotype: Genotype;
  /** Share in [0, 1]. */
  readonly testError: number;
  readonly testImages: number;
  /** Images that it was trained on, of those of the task. */
  readonly trainImages: { readonly used: number; readonly all: number };
  readonly parameters: number;
  /** The trained network: a file for `models.load`. */
  readonly safetensors: Uint8Array<ArrayBuffer>;
}

export interface Prediction {
  /** In the order of `classes`. */
  readonly probabilities: readonly number[];
  readonly classes: readonly string[];
  readonly taskName: string;
  /** Training steps that the network has made; 0: it knows nothing. */
  readonly steps: number;
}

export interface ProfileFacts extends Pick<Profile, 'source' | 'wallSeconds' | 'gpuSeconds' | 'dispatches'> {
  readonly step: number;
  readonly rows: Readonly<Record<Grouping, readonly ProfileRow[]>>;
}

/** What the engine tells the page. */
export type Report =
  /** The GPU is there; images are loaded next. */
  | { readonly type: 'adapter'; readonly adapter: AdapterFacts }
  | { readonly type: 'opened'; readonly adapter: AdapterFacts; readonly train: number; readonly test: number }
  | { readonly type: 'loading'; readonly received: number; readonly total: number }
  /** Nothing has come for so many seconds. */
  | { readonly type: 'stalled'; readonly seconds: number }
  | { readonly type: 'activity'; readonly activity: Activity }
  /** What goes on after the work under way, the next one last. */
  | { readonly type: 'waiting'; readonly activities: readonly Activity[] }
  /** A run that the browser kept, or that came out of a file. */
  | { readonly type: 'run'; readonly run: KeptRun }
  /** The drawing that the browser kept. */
  | { readonly type: 'ink'; readonly ink: Uint8Array }
  | { readonly type: 'keeping'; readonly keeping: Keeping }
  /** Something that a person should know, in a sentence. */
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'file'; readonly name: string; readonly content: Uint8Array<ArrayBuffer> }
  /** All work is forgotten. */
  | { readonly type: 'fresh' }
  | {
      readonly type: 'progress';
      readonly text: string;
      readonly done: number;
      readonly total: number;
    }
  /** Points after `step` are void: the run began anew, or goes on from there on a new device. */
  | { readonly type: 'rewind'; readonly step: number; readonly settings: TrainSettings | null }
  | { readonly type: 'point'; readonly point: TrainPoint }
  | { readonly type: 'test'; readonly point: TestPoint }
  | { readonly type: 'filters'; readonly filters: Filters }
  | { readonly type: 'fisher'; readonly picture: FisherPicture }
  /** Cells computed so far, of networks of one kind. */
  | { readonly type: 'matrix'; readonly network: NetworkChoice; readonly cells: readonly MatrixCell[] }
  | { readonly type: 'search'; readonly search: SearchState | null }
  | { readonly type: 'drawn'; readonly prediction: Prediction }
  | { readonly type: 'profile'; readonly profile: ProfileFacts }
  /** The device was lost; `recovered` follows. */
  | { readonly type: 'lost'; readonly reason: string }
  /** `step` is where the run goes on, `ahead` how many steps it had made beyond. */
  | {
      readonly type: 'recovered';
      readonly adapter: AdapterFacts;
      readonly step: number;
      readonly ahead: number;
    }
  | { readonly type: 'failed'; readonly failure: Failure };

/** A run as the page shows it. */
export interface KeptRun {
  readonly settings: TrainSettings;
  readonly step: number;
  readonly points: readonly TrainPoint[];
  readonly tests: readonly TestPoint[];
  /** The file that its first weights are from. */
  readonly origin?: string;
}

/** Whether the browser keeps this page's work: `elsewhere`: another tab's. */
export type Keeping = 'kept' | 'elsewhere' | 'nowhere';

export interface Failure {
  /**
   * `engine`: the worker did not start. `no-webgpu`: nothing can run. `data`: the images are not there. `request`: what was
   * asked for failed; something else can be asked for.
   */
  readonly kind: 'engine' | 'no-webgpu' | 'data' | 'request';
  /** What there is no WebGPU for: the browser has none, it offers no adapter, or the adapter refused. */
  readonly lacks?: 'browser' | 'adapter' | 'device';
  readonly message: string;
  /** What a person can do about it. */
  readonly advice: string;
}
