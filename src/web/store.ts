import type { AdapterFacts } from '../../runtime/adapter-facts';
import { upTo, withPoint } from './curves';
import { afterLoss, duringLoss, type Loss, repeated } from './losses';
import type { Collected } from './own/protocol';
import { collectedHere, type OwnState, ownAfter } from './own/state';
import type {
  Activations,
  Activity,
  Comparison,
  Failure,
  Filters,
  FisherPicture,
  Keeping,
  LinkedCell,
  MatrixCell,
  NetworkChoice,
  Prediction,
  ProfileFacts,
  Report,
  SearchState,
  SeedMatrix,
  TestAnswers,
  TestPoint,
  TrainPoint,
  TrainSettings,
} from './protocol';

/** How far MNIST has come. */
interface Arriving {
  /** Of its bytes, in [0, 1]. */
  readonly share: number;
  /** For so long nothing has come. */
  readonly idleSeconds?: number;
}

/** Everything the page shows of the engine. */
export interface PageState {
  readonly activity: Activity;
  readonly adapter?: AdapterFacts;
  /** Of MNIST. */
  readonly images?: {
    readonly train: number;
    readonly test: number;
    /** Where the training images are not here yet; or they do not come. */
    readonly coming?: Arriving | 'stopped';
  };
  readonly progress?: { readonly text: string; readonly done: number; readonly total: number };
  readonly failure?: Failure;
  /** What happened to the device or to kept work, in words. */
  readonly notice?: string;
  /** Of the device, until what it took is made again. */
  readonly loss?: Loss;
  /** What goes on after the work under way, the next one last. */
  readonly waiting: readonly Activity[];
  readonly keeping?: Keeping;
  /** Whether all of this was computed beforehand, for browsers that cannot. */
  readonly isSample?: boolean;
  /** Of the run; null before one. */
  readonly settings: TrainSettings | null;
  /** The file that the run's network is from. */
  readonly origin?: string;
  readonly points: readonly TrainPoint[];
  readonly tests: readonly TestPoint[];
  readonly filters?: Filters;
  /** Of the run's network, as far as it was tested last. */
  readonly answers?: TestAnswers;
  readonly activations?: Activations;
  readonly fisher?: FisherPicture;
  readonly matrix: Readonly<Partial<Record<NetworkChoice, readonly MatrixCell[]>>>;
  /** Over several seeds, where they were asked for. */
  readonly seeds: Readonly<Partial<Record<NetworkChoice, SeedMatrix>>>;
  /** The one that changed last, and all of them by their tasks. */
  readonly search: SearchState | null;
  readonly searches: Readonly<Record<string, SearchState>>;
  /** Of a person's own pictures. */
  readonly own: OwnState;
  /** What winners were compared with, by their tasks. */
  readonly comparisons: Readonly<Record<string, Comparison>>;
  /** The cell of the link that the page was opened by. */
  readonly linked?: LinkedCell;
  /** The drawing. */
  readonly ink?: Uint8Array;
  readonly prediction?: Prediction;
  readonly profile?: ProfileFacts;
}

export const START: PageState = {
  activity: 'opening',
  settings: null,
  points: [],
  tests: [],
  matrix: {},
  seeds: {},
  search: null,
  own: {},
  searches: {},
  comparisons: {},
  waiting: [],
};

/** What is shown of a network that nobody has looked at yet. */
const NOTHING_SEEN = {
  filters: undefined,
  answers: undefined,
  activations: undefined,
  prediction: undefined,
} satisfies Partial<PageState>;

/** What changes what the page shows: the engine's reports, a person who has read a notice, draws or collects pictures, a sample in place of work. */
export type Change =
  | Report
  | { readonly type: 'dismiss' }
  | { readonly type: 'drawing'; readonly ink: Uint8Array | undefined }
  | { readonly type: 'collecting'; readonly collected: Collected }
  | { readonly type: 'sample'; readonly reports: readonly Report[] };

/** What the page shows after a change. */
export function reduce(state: PageState, report: Change): PageState {
  switch (report.type) {
    case 'dismiss':
      return { ...state, notice: undefined };
    case 'sample': {
      if (state.images) return state; // a device that was lost for good; what was computed stays
      const shown = report.reports.reduce(reduce, START);
      const { activity, failure, keeping, own } = state;
      const sampled = own.collected ? { ...shown.own, collected: own.collected } : shown.own;
      return { ...shown, activity, failure, keeping, own: sampled, isSample: true };
    }
    case 'adapter': {
      const { activity, keeping } = state;
      const own = collectedHere(state.own);
      const before = state.isSample ? { ...START, activity, keeping, own } : state;
      return { ...before, adapter: report.adapter, images: undefined };
    }
    case 'opened': {
      const { adapter, train, test, isWhole } = report;
      const coming = isWhole ? undefined : { share: shareOf(state.progress) };
      return { ...state, adapter, images: { train, test, coming }, progress: undefined };
    }
    case 'whole':
      return { ...state, images: state.images && { ...state.images, coming: undefined } };
    case 'loading': {
      const { received, total } = report;
      if (state.images)
        return {
          ...state,
          images: onTheirWay(state.images, { share: received / total, idleSeconds: undefined }),
        };
      return { ...state, progress: { text: 'MNIST’s images', done: received, total } };
    }
    case 'stalled': {
      if (state.images)
        return { ...state, images: onTheirWay(state.images, { idleSeconds: report.seconds }) };
      const { done = 0, total = 1 } = state.progress ?? {};
      const text = `MNIST’s images: nothing has come for ${report.seconds} s`;
      return { ...state, progress: { text, done, total } };
    }
    case 'waiting':
      return { ...state, waiting: report.activities };
    case 'run': {
      const { settings, origin, points, tests } = report.run;
      return { ...state, ...NOTHING_SEEN, settings, origin, points, tests };
    }
    case 'ink':
      return { ...state, ink: state.ink ?? report.ink };
    case 'drawing':
      return { ...state, ink: report.ink };
    case 'collecting':
      return { ...state, own: { ...state.own, collected: report.collected } };
    case 'keeping':
      return { ...state, keeping: report.keeping };
    case 'notice':
      return { ...state, notice: [state.notice, report.text].filter(Boolean).join(' ') };
    case 'file':
      return state; // which goes to the browser's downloads
    case 'fresh': {
      const { adapter, images, activity, keeping } = state;
      return { ...START, adapter, images, activity, keeping };
    }
    case 'activity':
      return startOf(state, report.activity);
    case 'progress': {
      const { text, done, total } = report;
      return { ...state, progress: { text, done, total } };
    }
    case 'rewind':
      return rewound(state, report.step, report.settings);
    case 'point':
      return {
        ...state,
        points: withPoint(state.points, report.point),
        ...repeated(state.loss, report.point.step),
      };
    case 'test':
      return { ...state, tests: [...state.tests, report.point] };
    case 'filters':
      return { ...state, filters: report.filters };
    case 'answers':
      return { ...state, answers: report.answers };
    case 'activations':
      return { ...state, activations: report.activations };
    case 'fisher':
      return { ...state, fisher: report.picture };
    case 'matrix':
      return { ...state, matrix: { ...state.matrix, [report.network]: report.cells } };
    case 'seeds':
      return { ...state, seeds: { ...state.seeds, [report.network]: report.matrix } };
    case 'search':
      return report.search ? withSearch(state, report.search) : { ...state, search: null };
    case 'own':
      return { ...state, own: ownAfter(state.own, report.own) };
    case 'comparison': {
      const { comparison } = report;
      return { ...state, comparisons: { ...state.comparisons, [comparison.task]: comparison } };
    }
    case 'linked':
      return { ...state, linked: report.linked };
    case 'drawn':
      return { ...state, prediction: report.prediction };
    case 'profile':
      return { ...state, profile: report.profile };
    case 'lost':
      return { ...state, ...duringLoss(state.activity, report.reason) };
    case 'recovered': {
      const { adapter, step, ahead } = report;
      return { ...state, adapter, ...afterLoss(state.loss, step, ahead) };
    }
    case 'failed':
      return failed(state, report.failure);
  }
}

function failed(state: PageState, failure: Failure): PageState {
  const { images } = state;
  // Without the training images much can be done.
  if (failure.kind === 'data' && images?.coming !== undefined)
    return { ...state, failure, images: { ...images, coming: 'stopped' } };
  const stops = failure.kind !== 'request';
  return { ...state, failure, ...(stops && { activity: 'failed', progress: undefined, waiting: [] }) };
}

/** Images that are all here, or do not come, stay so. */
function onTheirWay(
  images: NonNullable<PageState['images']>,
  change: Partial<Arriving>,
): PageState['images'] {
  const { coming } = images;
  return typeof coming === 'object' ? { ...images, coming: { ...coming, ...change } } : images;
}

const shareOf = ({ done, total }: NonNullable<PageState['progress']> = { text: '', done: 0, total: 1 }) =>
  done / Math.max(1, total);

function withSearch(state: PageState, search: SearchState): PageState {
  return { ...state, search, searches: { ...state.searches, [search.task]: search } };
}

function startOf(state: PageState, activity: Activity): PageState {
  const rests = activity === 'idle' || activity === 'paused';
  // A message stands until the next piece of work begins.
  return { ...state, activity, progress: undefined, ...(!rests && { failure: undefined }) };
}

function rewound(state: PageState, step: number, settings: TrainSettings | null): PageState {
  const next = { ...state, settings, ...upTo(state, step) };
  if (step > 0) return next;
  const origin = settings?.network === 'file' ? state.origin : undefined;
  return { ...next, ...NOTHING_SEEN, origin };
}

/** What an adapter can train while a person looks on: convolutions are many times slower without a GPU. */
export function defaultNetwork({ adapter }: PageState): NetworkChoice {
  return adapter?.software ? 'NN2' : 'smallCifarNet';
}
