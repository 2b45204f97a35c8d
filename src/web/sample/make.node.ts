import { create, globals } from 'webgpu';
import { idxFiles } from '../../cli/demo/idx-files';
import { writeFileAtomic } from '../../data/files.node';
import { loadMnist } from '../../data/loaders.node';
import { asMnist } from '../digit';
import { Engine } from '../engine/engine';
import type { Command, Report, TrainSettings } from '../protocol';
import { encodeReports } from './codec';

/** npm run demo:sample: a short run of all that the page can do, for browsers that cannot. */

const FILE = 'src/web/sample/sample.json';
const IMAGES = { trainImages: 12_000, testImages: 2000 };
const RUN: TrainSettings = { task: '3', network: 'smallCifarNet', lr: 0.001, batchSize: 64, seed: 1 };
const STEPS = 400;
const SEARCHED = '0';
const MOST_ROWS = 20;
const MOST_POINTS = 160;
const SKETCH = 280;
const PEN = 11;
/** A seven. */
const STROKES = [
  [80, 75, 205, 75],
  [205, 75, 130, 225],
] as const;

Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) } });

const reports: Report[] = [];
let onReport: (report: Report) => void = () => undefined;
const engine = new Engine((report) => {
  reports.push(report);
  onReport(report);
}, '');

/** Waits for a report. */
const until = (isIt: (report: Report) => boolean) =>
  new Promise<void>((resolve, reject) => {
    onReport = (report) => {
      if (report.type === 'failed') reject(new Error(report.failure.message));
      if (isIt(report)) resolve();
    };
  });
const rests = (report: Report) =>
  report.type === 'activity' && (report.activity === 'idle' || report.activity === 'paused');
async function done(command: Command): Promise<void> {
  const waiting = until(rests);
  engine.handle(command);
  await waiting;
  console.log(`${command.type} is done`);
}

const files = [...idxFiles(await loadMnist())].map(
  ([path, parts]) => new File(parts as Uint8Array<ArrayBuffer>[], path.replace('/data/', '')),
);
await done({ type: 'open', ...IMAGES, quick: false, files });
const trained = until((report) => report.type === 'point' && report.point.step >= STEPS);
engine.handle({ type: 'train', settings: RUN });
await trained;
await done({ type: 'pause' });
const ink = Uint8Array.from({ length: SKETCH ** 2 }, (_, i) => inkAt(i % SKETCH, Math.floor(i / SKETCH)));
const pixels = asMnist(ink, SKETCH);
const named = until(({ type }) => type === 'drawn');
if (pixels) engine.handle({ type: 'draw', pixels });
await named;
const judged = until(({ type }) => type === 'activations');
engine.handle({ type: 'look', subject: { kind: 'test', place: 0 } });
await judged;
await done({ type: 'profile', settings: RUN });
const looked = { source: RUN.task, target: RUN.task, first: 0, count: 16 };
await done({ type: 'fisher', settings: { network: 'smallCifarNet', ...looked } });
await done({ type: 'matrix', network: 'smallCifarNet' });
await done({ type: 'search', task: SEARCHED, anew: false });
await done({ type: 'compare', task: SEARCHED });
const sample = shown();
await writeFileAtomic(FILE, new TextEncoder().encode(`${sample}\n`));
console.log(`${FILE}: ${Math.round(sample.length / 1000)} kB`);
process.exit();

/** What the page needs of all that was told, in order. */
function shown(): string {
  const last = <Type extends Report['type']>(type: Type) =>
    reports.filter((report): report is Extract<Report, { type: Type }> => report.type === type).at(-1);
  const all = reports.filter(({ type }) => type === 'point');
  const every = Math.ceil(all.length / MOST_POINTS);
  const points = all.filter((_, i) => i % every === 0 || i === all.length - 1);
  const search = last('search')?.search;
  const winner = search?.winner && { ...search.winner, safetensors: new Uint8Array() };
  const profile = last('profile')?.profile;
  const rows = profile && Object.entries(profile.rows).map(([by, list]) => [by, list.slice(0, MOST_ROWS)]);
  const kept: (Report | undefined)[] = [
    { type: 'rewind', step: 0, settings: RUN },
    ...points,
    ...reports.filter(({ type }) => type === 'test'),
    last('filters'),
    last('answers'),
    last('activations'),
    { type: 'ink', ink },
    last('drawn'),
    last('fisher'),
    last('matrix'),
    search ? { type: 'search', search: { ...search, winner } } : undefined,
    last('comparison'),
    // A trace is many times longer than all the rest.
    profile &&
      rows && { type: 'profile', profile: { ...profile, rows: Object.fromEntries(rows), trace: '' } },
  ];
  return encodeReports(kept.filter((report) => report !== undefined));
}

function inkAt(x: number, y: number): number {
  const away = STROKES.map(([x0, y0, x1, y1]) => {
    const [dx, dy] = [x1 - x0, y1 - y0];
    const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)));
    return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
  });
  return Math.min(...away) < PEN ? 255 : 0;
}
