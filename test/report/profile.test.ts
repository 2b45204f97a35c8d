import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare, type KernelCalls, type Profile, summarize } from '../../runtime/profile';
import { flameGraph } from '../../src/report/flame';
import { readProfile, writeProfile } from '../../src/report/profile-file.node';
import { differenceTable, profileSummary, profileTable } from '../../src/report/profile-table';
import { tableText } from '../../src/report/table';
import { type Element, parseXml } from './xml';

const calls = (kernel: string, seconds: number, more: Partial<KernelCalls> = {}): KernelCalls => ({
  kernel,
  variant: '',
  phase: 'forward',
  op: 'conv2d',
  layer: 'a.0',
  shape: '[1]',
  calls: 2,
  seconds,
  shortest: seconds / 2,
  longest: seconds / 2,
  bytes: 4e6,
  ...more,
});
const kernels = [
  calls('conv<fast>', 0.006, { flops: 6e6 }),
  calls('sums', 0.003, { phase: 'backward' }),
  calls('adam', 0.001, { phase: 'optimiser', op: 'Adam', layer: 'a.0.weight', variant: 'X=1' }),
];
const profile: Profile = {
  adapter: { kind: 'gpu', description: 'Card & Co', software: false },
  source: 'timestamp-query',
  wallSeconds: 0.02,
  gpuSeconds: 0.01,
  dispatches: 6,
  submits: 1,
  readbacks: 0,
  kernels,
  gpu: [],
  cpu: [],
  droppedSpans: 0,
};
const limits = { flopsPerSecond: 4e9, bytesPerSecond: 10e9, launchSeconds: 1e-6 };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskgrad-profile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the table of a profile', () => {
  test('shows time, share, rates, and what bounds a kernel', () => {
    const text = tableText(profileTable(summarize(profile, 'kernel', limits), 'kernel', 20));
    const [head, , first, second] = text.split('\n').map((line) => line.split(/ {2,}/));
    expect(head).toEqual([
      ...['kernel', 'Calls', 'Total ms', 'Mean ms', 'Share', 'GFLOP/s', 'GB/s', 'Of limit', 'Bound by'],
    ]);
    expect(first).toEqual([
      'conv<fast>',
      '2',
      '6.000',
      '3.000',
      '60.0 %',
      '2.00',
      '1.33',
      '50.0 %',
      'compute',
    ]);
    expect(second).toEqual(['sums', '2', '3.000', '1.500', '30.0 %', '–', '2.67', '26.7 %', 'memory']);
  });

  test('sums what it does not show up in one row', () => {
    const rows = profileTable(summarize(profile), 'kernel', 1).rows;
    expect(rows.length).toBe(2);
    expect(rows[1].slice(0, 5)).toEqual(['2 others', '4', '4.000', '–', '40.0 %']);
  });

  test('says how it was timed, and what was left out', () => {
    expect(profileSummary(profile, undefined).join('\n')).toMatch(/every dispatch timed by timestamp/);
    const poor = { ...profile, source: 'wall-clock' as const, droppedSpans: 7 };
    expect(profileSummary(poor, limits).join('\n')).toMatch(/split evenly.*4\.0 GFLOP\/s.*7 spans/s);
  });

  test('of two profiles shows the change', () => {
    const slower = { kernels: [calls('adam', 0.003, { variant: 'X=1' })], gpuSeconds: 0.003 };
    const { rows } = differenceTable(compare(profile, slower), 'kernel', 20);
    expect(rows).toEqual([
      ['conv<fast>', '2 → 0', '6.000', '–', '−6.000', '–'],
      ['sums', '2 → 0', '3.000', '–', '−3.000', '–'],
      ['adam (X=1)', '2', '1.000', '3.000', '+2.000', '3.00'],
    ]);
  });
});

describe('a flame graph', () => {
  const svg = parseXml(flameGraph(profile));
  const all = (element: Element, tag: string): Element[] => [
    ...(element.tag === tag ? [element] : []),
    ...element.children.flatMap((child) => (typeof child === 'string' ? [] : all(child, tag))),
  ];
  const widthOf = (title: string): number => {
    const frame = all(svg, 'g').find((group) =>
      all(group, 'title').some(({ children }) => String(children[0]).startsWith(`${title}:`)),
    );
    if (!frame) throw new Error(`no frame ${title}`);
    return Number(all(frame, 'rect')[0].attributes.get('width'));
  };

  test('is as wide as the time: the whole, a phase, a kernel', () => {
    expect(widthOf('all')).toBeCloseTo(1200);
    expect(widthOf('backward')).toBeCloseTo(360);
    expect(widthOf('conv<fast>')).toBeCloseTo(720);
    expect(widthOf('adam (X=1)')).toBeCloseTo(120);
  });

  test('puts a layer above its phase and a kernel above its op', () => {
    const y = (title: string) =>
      Number(
        all(svg, 'g')
          .filter((group) =>
            all(group, 'title').some(({ children }) => String(children[0]).startsWith(title)),
          )
          .map((group) => all(group, 'rect')[0].attributes.get('y'))[0],
      );
    expect([y('backward:'), y('a.0:'), y('conv2d:'), y('sums:')]).toEqual([68, 92, 116, 140]);
  });
});

describe('a profile’s file', () => {
  test('is read back as it was written, with rows for scripts', async () => {
    const path = join(folder, 'profile.json');
    await writeProfile(path, profile, limits);
    const read = await readProfile(path);
    expect(read.kernels).toEqual(kernels);
    expect(read.limits).toEqual(limits);
    expect(summarize(read, 'op')).toEqual(summarize(profile, 'op'));
  });

  test('of another kind is refused with the field that does not fit', async () => {
    const path = join(folder, 'other.json');
    await writeFile(path, '{"adapter": 3}');
    await expect(readProfile(path)).rejects.toThrow(/other\.json.*adapter/s);
  });
});
