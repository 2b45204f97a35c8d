import type { AdapterFacts } from '../../runtime/adapter-facts';
import type { Grouping, Profile, ProfileRow } from '../../runtime/profile';
import type { Genotype } from '../nas/genotype';
import type { Effect } from '../nas/operations/operation';
import type { FisherLayer, MatrixCell, NetworkChoice } from './measured';
import type { OwnAsk, OwnReport } from './own/protocol';
import type { StepParts } from './profile/step-parts';

export type { FisherLayer, MatrixCell, NetworkChoice } from './measured';

/** What the page and the engine's worker say to each other. Everything here is plain data. */

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
  /** Measures the distances, and those of a task from itself, with networks of seeds 1 to `seeds`. */
  | { readonly type: 'seeds'; readonly network: NetworkChoice; readonly seeds: number }
  /** Goes on with the search for a task, or begins it. */
  | { readonly type: 'search'; readonly task: string; readonly anew: boolean }
  /** What is done with a person's own pictures. */
  | { readonly type: 'own'; readonly ask: OwnAsk }
  /** Trains what a search's winner is compared with, or goes on with it. */
  | { readonly type: 'compare'; readonly task: string }
  /** Reads the cell of a link. */
  | { readonly type: 'linked'; readonly task: string; readonly code: string }
  /** Trains the cell of a link from scratch, or goes on with it. */
  | { readonly type: 'trainLinked'; readonly task: string; readonly code: string }
  /** Asks for a network as an ONNX file: one out of a safetensors file, else the run's. */
  | { readonly type: 'onnx'; readonly from?: NamedFile }
  /** [28 × 28] grey values, 0 to 255, white on black as in MNIST. */
  | { readonly type: 'draw'; readonly pixels: Uint8Array }
  /** Shows what the layers of the run's network make of a digit, now and as it learns. */
  | { readonly type: 'look'; readonly subject: Subject }
  | { readonly type: 'profile'; readonly settings: TrainSettings };

/** The same with a person's own pictures. */
export type OwnActivity = 'ownTraining' | 'ownMeasuring' | 'ownSearching';

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
  | OwnActivity
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

/** A test image that the network takes for another class. */
export interface WrongDigit {
  /** Among the test images that were asked about. */
  readonly place: number;
  /** [28 × 28] grey values. */
  readonly image: Uint8Array;
  readonly label: string;
  readonly answer: string;
  /** Of the answer, in [0, 1]. */
  readonly probability: number;
}

/** What the run's network says of the test images. */
export interface TestAnswers {
  readonly step: number;
  readonly classes: readonly string[];
  readonly images: number;
  /** Images by their class and the answer. */
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: number;
  /** The first of them. */
  readonly wrong: readonly WrongDigit[];
}

/** A digit whose way through the layers is shown: a test image of the run's task by its place, or a drawing. */
export type Subject =
  | { readonly kind: 'test'; readonly place: number }
  | { readonly kind: 'drawn'; readonly pixels: Uint8Array };

/** What a layer makes of one image: feature maps one after another, or one picture of a square a unit. */
export interface LayerPicture {
  readonly name: string;
  /** Of the layer's output. */
  readonly shape: readonly number[];
  /** Those that are shown. */
  readonly maps: number;
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

export interface Activations {
  readonly step: number;
  readonly subject: Subject;
  /** [28 × 28] grey values. */
  readonly image: Uint8Array;
  /** Its class; a drawing has none. */
  readonly label?: string;
  readonly answer: string;
  /** Of the answer, in [0, 1]. */
  readonly probability: number;
  readonly layers: readonly LayerPicture[];
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

/** A distance by the seeds of its networks. Between networks of one task under other seeds it is the null. */
export interface SeedCell extends MatrixCell {
  /** Of the target's networks, and of the source's unless `otherSeed` says otherwise. */
  readonly seed: number;
  readonly otherSeed?: number;
}

/** Distances measured over several seeds, from 1 on. */
export interface SeedMatrix {
  /** How many were asked for. */
  readonly seeds: number;
  /** Those computed so far. */
  readonly cells: readonly SeedCell[];
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

/** A network that stands beside a search's winner: the cell of random search, or one made by hand. */
export interface Rival {
  readonly kind: 'random' | NetworkChoice;
  /** Share in [0, 1], on the images that the winner was tested on. */
  readonly testError: number;
  readonly parameters: number;
  /** Of random search's cell. */
  readonly genotype?: Genotype;
}

export interface Comparison {
  readonly task: string;
  /** Those that are trained, in the order in which they are. */
  readonly rivals: readonly Rival[];
  readonly total: number;
}

/** A file, without what its name ends with. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A cell that came with a link. */
export interface LinkedCell {
  readonly task: string;
  /** As it stands in the link. */
  readonly code: string;
  readonly genotype?: Genotype;
  readonly effects?: SearchState['effects'];
  /** Why it is no cell. */
  readonly problem?: string;
  /** Once it is trained. */
  readonly winner?: Winner;
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
  /** What its time went into. */
  readonly parts: StepParts;
  /** JSON for Perfetto: see `chromeTrace`. */
  readonly trace: string;
}

/** What the engine tells the page. */
export type Report =
  /** The GPU is there; images are loaded next. */
  | { readonly type: 'adapter'; readonly adapter: AdapterFacts }
  | {
      readonly type: 'opened';
      readonly adapter: AdapterFacts;
      readonly train: number;
      readonly test: number;
      /** Whether the training images are here, too; else `whole` follows. */
      readonly isWhole: boolean;
    }
  /** The training images have come. */
  | { readonly type: 'whole' }
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
  | { readonly type: 'answers'; readonly answers: TestAnswers }
  | { readonly type: 'activations'; readonly activations: Activations }
  | { readonly type: 'fisher'; readonly picture: FisherPicture }
  /** Cells computed so far, of networks of one kind. */
  | { readonly type: 'matrix'; readonly network: NetworkChoice; readonly cells: readonly MatrixCell[] }
  | { readonly type: 'seeds'; readonly network: NetworkChoice; readonly matrix: SeedMatrix }
  | { readonly type: 'search'; readonly search: SearchState | null }
  | { readonly type: 'own'; readonly own: OwnReport }
  | { readonly type: 'comparison'; readonly comparison: Comparison }
  | { readonly type: 'linked'; readonly linked: LinkedCell }
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
