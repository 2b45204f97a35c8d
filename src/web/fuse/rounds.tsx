import { axis, Chart, type Colours } from '../chart';
import { uprights } from '../marks';
import type { SearchRound, SearchState } from '../protocol';
import { token } from '../theme';
import { percent } from '../words';
import { type CellName, cellNames } from './names';

const HEIGHT = 280;
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'roundRect', 'arrow'];
/** The vertical axis is cut to multiples of it, in percent. */
const STEP = 10;

/** How the candidates' weights went, round by round. */
export function Rounds({ search }: { search: SearchState | null }) {
  const names = cellNames(search?.rounds ?? []);
  return (
    <>
      <Chart
        height={HEIGHT}
        label={spoken(search, names)}
        option={(colours) => shareChart(search, names, colours)}
      />
      <ol class="rounds" aria-label="Rounds">
        {(search?.rounds ?? []).map((round, i) => (
          <li key={i}>
            <b>Round {i + 1}</b>: {standings(round, names)}
          </li>
        ))}
      </ol>
    </>
  );
}

type Names = ReturnType<typeof cellNames>;

const nameOf = (names: Names, { candidates }: SearchRound, i: number): CellName =>
  names.get(candidates[i].hash) ?? { name: `Cell ${i + 1}`, colour: '--cell-1' };

function standings(round: SearchRound, names: Names): string {
  const { candidates, shares, winner } = round;
  const last = shares.at(-1);
  const list = candidates.map((_, i) => {
    const share = last ? ` ${percent(last[i])} %` : '';
    return `${nameOf(names, round, i).name}${share}`;
  });
  const end = winner === undefined ? '' : `; ${nameOf(names, round, winner).name} wins`;
  return `${list.join(', ')}${end}`;
}

function spoken(search: SearchState | null, names: Names): string {
  const round = search?.rounds.at(-1);
  if (!search || !round?.shares.length) return 'Mixture weights of the candidates, no stage yet';
  return `Mixture weights over the stages of all rounds; in round ${search.rounds.length}: ${standings(round, names)}`;
}

/** A line a candidate, in one colour through all its rounds. Every round begins at equal weights. */
function shareChart(search: SearchState | null, names: Names, colours: Colours) {
  const stages = search?.totalStages ?? 3;
  const rounds = search?.totalRounds ?? 3;
  const list = search?.rounds ?? [];
  const shares = list.flatMap(({ shares }) => shares.flat()).map((share) => 100 * share);
  const low = Math.floor(Math.min(STEP * 3, ...shares) / STEP) * STEP;
  const high = Math.ceil(Math.max(STEP * 4, ...shares) / STEP) * STEP;
  const marks = Array.from({ length: rounds }, (_, i) => ({ at: i * stages, text: `round ${i + 1}` }));
  const series = [...names].map(([hash, { name, colour }], number) => ({
    type: 'line' as const,
    name,
    color: token(colour),
    symbol: SYMBOLS[number % SYMBOLS.length],
    symbolSize: 7,
    lineStyle: { width: 2 },
    endLabel: { show: true, formatter: name.replace('Cell ', ''), color: token(colour), fontWeight: 600 },
    data: list.flatMap((round, at) => lineOf(round, hash, at * stages)),
  }));
  const horizontal = axis('stage, all rounds', 28, colours);
  return {
    grid: { left: 60, right: 26, top: 48, bottom: 48 },
    legend: {
      top: 0,
      left: 56,
      data: series.map(({ name }) => name),
      textStyle: { color: colours.muted },
      selectedMode: false,
    },
    xAxis: { ...horizontal, min: 0, max: stages * rounds, minInterval: 1, splitLine: { show: false } },
    yAxis: { ...axis('softmax(α) (%)', 42, colours), min: low, max: high },
    series: [uprights(marks, [low, high], colours.muted), ...series],
  };
}

type Point = readonly [number | string, number | string];

/** A candidate's line in one round, and a gap after it. */
function lineOf({ candidates, shares }: SearchRound, hash: string, from: number): Point[] {
  const i = candidates.findIndex((one) => one.hash === hash);
  if (i < 0) return [];
  const values = [1 / candidates.length, ...shares.map((row) => row[i])];
  const points = values.map((share, stage): Point => [from + stage, Number((100 * share).toPrecision(4))]);
  return [...points, ['-', '-']];
}
