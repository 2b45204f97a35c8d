import { readFile } from 'node:fs/promises';
import { create, globals } from 'webgpu';
import { idxFiles } from '../../cli/demo/idx-files';
import { writeFileAtomic } from '../../data/files.node';
import { loadMnist } from '../../data/loaders.node';
import { asMnist } from '../digit';
import { Engine } from '../engine/engine';
import { closestOf, distancesOf } from '../own/among';
import { gathered } from '../own/collection';
import type { OwnReport } from '../own/protocol';
import { ownAfter } from '../own/state';
import type { Command, Report, TrainSettings } from '../protocol';
import { decodeReports, encodeReports } from './codec';
import { drawnClasses, SEVEN, SKETCH } from './strokes';

/**
 * npm run demo:sample [-- own]: a short run of all that the page can do, for browsers that cannot; or of own pictures only,
 * with the rest as it was.
 */

const FILE = 'src/web/sample/sample.json';
const IMAGES = { trainImages: 12_000, testImages: 2000 };
const RUN: TrainSettings = { task: '3', network: 'smallCifarNet', lr: 0.001, batchSize: 64, seed: 1 };
const STEPS = 400;
const SEARCHED = '0';
const MOST_ROWS = 20;
const MOST_POINTS = 160;

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
const [only] = process.argv.slice(2);
const before = only === 'own' ? decodeReports(await readFile(FILE, 'utf8')) : await runOnMnist();
const kept = [...before.filter(({ type }) => type !== 'own'), ...(await runOnOwn(before))];
const sample = encodeReports(kept);
await writeFileAtomic(FILE, new TextEncoder().encode(`${sample}\n`));
console.log(`${FILE}: ${Math.round(sample.length / 1000)} kB`);
process.exit();

/** What a person does with MNIST. */
async function runOnMnist(): Promise<readonly Report[]> {
  const trained = until((report) => report.type === 'point' && report.point.step >= STEPS);
  engine.handle({ type: 'train', settings: RUN });
  await trained;
  await done({ type: 'pause' });
  const pixels = asMnist(SEVEN, SKETCH);
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
  return shown();
}

/** What a person does with pictures of their own, between MNIST's tasks as they were measured before. */
async function runOnOwn(before: readonly Report[]): Promise<readonly Report[]> {
  const collected = { collection: drawnClasses(), seen: 'grey' } as const;
  const pictures = gathered(collected.collection, collected.seen);
  const matrix = before.find((report) => report.type === 'matrix');
  await done({ type: 'own', ask: { type: 'train', pictures, network: 'smallCifarNet' } });
  await done({ type: 'own', ask: { type: 'compare', known: matrix?.cells ?? [] } });
  const told = () => reports.flatMap((report) => (report.type === 'own' ? [report.own] : []));
  const distances = distancesOf(told().reduce(ownAfter, {}));
  if (!distances) throw new Error('the distances of own pictures were not all told');
  await done({ type: 'own', ask: { type: 'search', closest: closestOf(distances), known: [] } });
  const last = (type: OwnReport['type']) =>
    told()
      .filter((report) => report.type === type)
      .slice(-1);
  const own = [...last('trained'), ...last('distances'), ...last('search')];
  return [{ type: 'collected', collected } as const, ...own].map((own) => ({ type: 'own', own }));
}

/** What the page needs of all that was told, in order. */
function shown(): readonly Report[] {
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
    { type: 'ink', ink: SEVEN },
    last('drawn'),
    last('fisher'),
    last('matrix'),
    search ? { type: 'search', search: { ...search, winner } } : undefined,
    last('comparison'),
    // A trace is many times longer than all the rest.
    profile &&
      rows && { type: 'profile', profile: { ...profile, rows: Object.fromEntries(rows), trace: '' } },
  ];
  return kept.filter((report) => report !== undefined);
}
