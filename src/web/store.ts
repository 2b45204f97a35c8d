import type { AdapterFacts } from '../../runtime/adapter-facts';
import { type OwnState, ownAfter } from './own/state';
import type {
  Activations,
  Activity,
  Comparison,
  Failure,
  FileOut,
  Filters,
  FisherPicture,
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

/** Everything the page shows of the engine. */
export interface PageState {
  readonly activity: Activity;
  readonly adapter?: AdapterFacts;
  /** Images loaded. */
  readonly images?: { readonly train: number; readonly test: number };
  readonly progress?: { readonly text: string; readonly done: number; readonly total: number };
  readonly failure?: Failure;
  /** What happened to the device, in words. */
  readonly notice?: string;
  /** Of the run; null before one. */
  readonly settings: TrainSettings | null;
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
  readonly search: SearchState | null;
  /** Of a person's own pictures. */
  readonly own: OwnState;
  readonly comparison?: Comparison;
  /** The cell of the link that the page was opened by. */
  readonly linked?: LinkedCell;
  /** The last one that was asked for. */
  readonly file?: FileOut;
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
};

/** More points than a chart is wide. Above it every second point of the older half goes. */
const MOST_POINTS = 1200;

/** What changes what the page shows: the engine's reports, and a person who has read a notice. */
export type Change = Report | { readonly type: 'dismiss' };

/** What the page shows after a change. */
export function reduce(state: PageState, report: Change): PageState {
  switch (report.type) {
    case 'dismiss':
      return { ...state, notice: undefined };
    case 'opened': {
      const { adapter, train, test } = report;
      return { ...state, adapter, images: { train, test }, progress: undefined };
    }
    case 'loading': {
      const { received, total } = report;
      return { ...state, progress: { text: 'Loading MNIST', done: received, total } };
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
      return { ...state, points: thinned([...state.points, report.point]) };
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
      return { ...state, search: report.search };
    case 'own':
      return { ...state, own: ownAfter(state.own, report.own) };
    case 'comparison':
      return { ...state, comparison: report.comparison };
    case 'linked':
      return { ...state, linked: report.linked };
    case 'file':
      return { ...state, file: report.file };
    case 'drawn':
      return { ...state, prediction: report.prediction };
    case 'profile':
      return { ...state, profile: report.profile };
    case 'lost':
      return { ...state, notice: `The graphics device was lost (${report.reason}). Opening it again …` };
    case 'recovered': {
      const { adapter, step, ahead } = report;
      return { ...state, adapter, notice: `The graphics device was lost and is back.${goesOn(step, ahead)}` };
    }
    case 'failed':
      return {
        ...state,
        failure: report.failure,
        ...(report.failure.kind !== 'request' && { activity: 'failed', progress: undefined }),
      };
  }
}

/** What a lost device meant for the run, if there is one. */
function goesOn(step: number, ahead: number): string {
  if (ahead > 0) {
    const steps = ahead === 1 ? 'one step' : `${ahead} steps`;
    return ` The run goes on from step ${step}, where it was kept last; ${steps} after it will be made again, to the same result.`;
  }
  return step > 0 ? ` The run goes on from step ${step}; nothing of it is lost.` : '';
}

function startOf(state: PageState, activity: Activity): PageState {
  const rests = activity === 'idle' || activity === 'paused';
  // A message stands until the next piece of work begins.
  return { ...state, activity, progress: undefined, ...(!rests && { failure: undefined }) };
}

function rewound(state: PageState, step: number, settings: TrainSettings | null): PageState {
  const isNew = step === 0;
  return {
    ...state,
    settings,
    points: state.points.filter((point) => point.step <= step && !isNew),
    tests: state.tests.filter((point) => point.step <= step && !isNew),
    ...(isNew && { filters: undefined, answers: undefined, activations: undefined, prediction: undefined }),
  };
}

function thinned(points: TrainPoint[]): TrainPoint[] {
  if (points.length <= MOST_POINTS) return points;
  const half = points.length / 2;
  return points.filter((_, i) => i >= half || i % 2 === 0);
}

/** What an adapter can train while a person looks on: convolutions are many times slower without a GPU. */
export function defaultNetwork({ adapter }: PageState): NetworkChoice {
  return adapter?.software ? 'NN2' : 'smallCifarNet';
}
