import type { Limits, Profile, ProfileDifference, ProfileRow } from '../../runtime/profile';
import type { TextTable } from './table';

const LONGEST_NAME = 64;
const NOTHING = '–';

const fixed = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? NOTHING;
const milliseconds = (seconds: number): string => fixed(seconds * 1e3, seconds < 0.01 ? 3 : 1);
const percent = (share: number | undefined): string =>
  share === undefined ? NOTHING : `${fixed(share * 100, 1)} %`;
const shortened = (name: string): string =>
  name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;

/**
 * A profile's rows: the longest `most` of them, and the others as one. There are columns of the limits only where
 * those were measured.
 */
export function profileTable(rows: readonly ProfileRow[], what: string, most: number): TextTable {
  const withLimits = rows.some(({ boundBy }) => boundBy);
  const others = rows.slice(most);
  const sum = (value: (row: ProfileRow) => number) => others.reduce((all, row) => all + value(row), 0);
  return {
    columns: [
      { name: what, numeric: false },
      { name: 'Calls', numeric: true },
      { name: 'Total ms', numeric: true },
      { name: 'Mean ms', numeric: true },
      { name: 'Share', numeric: true },
      { name: 'GFLOP/s', numeric: true },
      { name: 'GB/s', numeric: true },
      ...(withLimits
        ? [
            { name: 'Of limit', numeric: true },
            { name: 'Bound by', numeric: false },
          ]
        : []),
    ],
    rows: [
      ...rows
        .slice(0, most)
        .map((row) => [
          shortened(row.name),
          String(row.calls),
          milliseconds(row.seconds),
          milliseconds(row.meanSeconds),
          percent(row.share),
          fixed(row.gflops, 2),
          fixed(row.gbytes, 2),
          ...(withLimits ? [percent(row.limitShare), row.boundBy ?? NOTHING] : []),
        ]),
      ...(others.length > 0
        ? [
            [
              `${others.length} others`,
              String(sum(({ calls }) => calls)),
              milliseconds(sum(({ seconds }) => seconds)),
              NOTHING,
              percent(sum(({ share }) => share)),
              NOTHING,
              NOTHING,
              ...(withLimits ? [NOTHING, NOTHING] : []),
            ],
          ]
        : []),
    ],
  };
}

/** Two profiles side by side, the largest `most` changes. */
export function differenceTable(
  differences: readonly ProfileDifference[],
  what: string,
  most: number,
): TextTable {
  const total = (row: ProfileRow | undefined) => (row ? milliseconds(row.seconds) : NOTHING);
  return {
    columns: [
      { name: what, numeric: false },
      { name: 'Calls', numeric: true },
      { name: 'Before ms', numeric: true },
      { name: 'After ms', numeric: true },
      { name: 'Change ms', numeric: true },
      { name: 'After / before', numeric: true },
    ],
    rows: differences
      .slice(0, most)
      .map(({ name, before, after, change }) => [
        shortened(name),
        before && after && before.calls === after.calls
          ? String(after.calls)
          : `${before?.calls ?? 0} → ${after?.calls ?? 0}`,
        total(before),
        total(after),
        `${change < 0 ? '−' : '+'}${milliseconds(Math.abs(change))}`,
        before && after && before.seconds > 0 ? fixed(after.seconds / before.seconds, 2) : NOTHING,
      ]),
  };
}

/** What was measured and how, a line each. */
export function profileSummary(profile: Profile, limits: Limits | undefined): string[] {
  const { wallSeconds, gpuSeconds, dispatches, submits, readbacks, source, droppedSpans } = profile;
  const how =
    source === 'timestamp-query'
      ? 'every dispatch timed by timestamp queries'
      : 'no timestamp queries on this adapter: batches timed by wall-clock, split evenly among their dispatches';
  return [
    `GPU ${milliseconds(gpuSeconds)} ms of ${milliseconds(wallSeconds)} ms, ${dispatches} dispatches, ${submits} submits, ${readbacks} readbacks (${how})`,
    ...(limits
      ? [
          `limits measured here: ${fixed(limits.flopsPerSecond / 1e9, 1)} GFLOP/s, ${fixed(limits.bytesPerSecond / 1e9, 1)} GB/s, ${fixed(limits.launchSeconds * 1e6, 1)} µs a launch`,
        ]
      : []),
    ...(droppedSpans > 0
      ? [`${droppedSpans} spans beyond the first were left out of the trace; the sums hold them`]
      : []),
  ];
}
