import { sharesOf } from '../nas/shares';
import { heading, MUTED, namedAxis, PALETTE, pick, renderSvg, SYMBOLS } from './chart';
import { plotLayout } from './plot';
import type { Search } from './results';

/** With more stages than this, only the last of each round is marked and numbered. */
const MOST_MARKED_STAGES = 24;
/** With more rounds than this, a band is too narrow for the word 'round'. */
const MOST_NAMED_ROUNDS = 6;

/**
 * Gives every candidate of every round a lane (a colour). One that was there the round before keeps its lane;
 * newcomers take the free ones. Returns lanes[round][candidate].
 */
export function candidateLanes(rounds: Search['rounds']): number[][] {
  let before = new Map<string, number>();
  return rounds.map(({ candidates }) => {
    const lanes = candidates.map(({ hash }) => before.get(hash));
    const taken = new Set(lanes);
    const free = candidates.map((_, lane) => lane).filter((lane) => !taken.has(lane));
    const filled = lanes.map((lane) => lane ?? free.shift() ?? 0);
    before = new Map(candidates.map(({ hash }, index) => [hash, filled[index] ?? 0]));
    return filled;
  });
}

/** True when a search has mixture weights to draw (random search has none). */
export function hasAlpha(search: Search): boolean {
  return search.rounds.some(({ stages }) => stages.length > 0);
}

/** One band of the plot for each round, from half a stage before its first to half a stage after its last. */
function roundBands(rounds: Search['rounds']): object[][] {
  const word = rounds.length > MOST_NAMED_ROUNDS ? 'R' : 'round ';
  let start = 0.5;
  return rounds.map(({ round, stages }, index) => {
    const from = start;
    start += stages.length;
    const shade = index % 2 === 0 ? '#f3f5f7' : '#ffffff';
    return [{ name: `${word}${round}`, xAxis: from, itemStyle: { color: shade } }, { xAxis: start }];
  });
}

/** One line for each candidate of each round. The winner's is thick and ends in a large mark. */
function weightLines(rounds: Search['rounds'], lanes: readonly number[][], dense: boolean): object[] {
  let start = 0;
  return rounds.flatMap(({ candidates, stages, winner }, index) => {
    const first = start + 1;
    start += stages.length;
    const weights = stages.map(({ alpha }) => sharesOf(alpha));
    return candidates.map((_, candidate) => {
      const lane = lanes[index]?.[candidate] ?? 0;
      const wins = candidate === winner;
      const data = weights.map((row, stage) => ({
        value: [first + stage, row[candidate] ?? 0],
        symbolSize: wins && stage === stages.length - 1 ? 13 : dense ? 0 : 6,
      }));
      return {
        type: 'line',
        name: laneName(lane),
        data,
        color: pick(PALETTE, lane),
        symbol: pick(SYMBOLS, lane),
        showAllSymbol: true,
        lineStyle: { width: wins ? 3.5 : 1.5 },
        z: wins ? 4 : 3,
        silent: true,
      };
    });
  });
}

function laneName(lane: number): string {
  return `candidate ${lane + 1}`;
}

/**
 * Mixture weight softmax(α) of every candidate over the stages of all rounds, as SVG. Each candidate of a round has a
 * line; bands set the rounds off. The line of a round's winner is thick and marked at its end.
 */
export function alphaSvg({ method, rounds }: Search): string {
  const stages = rounds.flatMap((round) =>
    round.stages.map(({ stage }, index) => ({ stage, last: index === round.stages.length - 1 })),
  );
  const dense = stages.length > MOST_MARKED_STAGES;
  const marked = stages.flatMap(({ last }, index) => (dense && !last ? [] : [index + 1]));
  const lanes = candidateLanes(rounds);
  const names = [...new Set(lanes.flat())].sort((a, b) => a - b).map(laneName);
  const { grid, legend, width, height } = plotLayout(names);
  const bands = {
    type: 'line',
    data: [],
    silent: true,
    markArea: {
      data: roundBands(rounds),
      label: { color: MUTED, fontSize: 12, position: 'insideTop', distance: 6 },
    },
  };
  const stageAxis = namedAxis('stage of the round', 30);
  return renderSvg(
    {
      title: heading(`Mixture weights: ${method}`),
      grid,
      xAxis: {
        ...stageAxis,
        type: 'value',
        min: 0.5,
        max: stages.length + 0.5,
        axisTick: { customValues: marked },
        axisLabel: {
          ...stageAxis.axisLabel,
          customValues: marked,
          formatter: (value: number) => String(stages[value - 1]?.stage ?? ''),
        },
        splitLine: { show: false },
      },
      yAxis: { ...namedAxis('softmax(α)', 46), type: 'value', min: 0, max: 1 },
      legend,
      series: [bands, ...weightLines(rounds, lanes, dense)],
    },
    {
      width,
      height,
      label: `Mixture weight of every candidate over ${stages.length} stages in ${rounds.length} rounds of ${method}`,
    },
  );
}
