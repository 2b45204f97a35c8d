import { PALETTE } from './chart';
import { intervalRowsSvg } from './interval-rows';
import type { Transfer } from './transfer';

const [DISTANCE, TRIVIAL] = [PALETTE[0], PALETTE[1]];

/** Each predictor's mean ρ as a dot on its interval as SVG, with a ring for each seed. */
export function predictorsSvg({ predictors, tasks, seeds }: Transfer): string {
  const counted = `${tasks.length} tasks, ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`;
  return intervalRowsSvg({
    title: 'How well each predictor orders sources by what they transfer',
    subtitle: `mean ρ and its 95 % interval over ${counted}; rings are seeds; orange needs no distance`,
    axis: { name: 'Spearman’s ρ; at −1 the sources expected first transfer best', min: -1, max: 1 },
    rows: predictors
      .filter(({ spread }) => spread)
      .map(({ title, first, spread, interval, perSeed, trivial }) => ({
        name: `${title}, ${first} first`,
        mean: spread?.mean,
        ends: interval && [interval.low, interval.high],
        points: perSeed.filter((rho) => rho !== null),
        color: trivial ? TRIVIAL : DISTANCE,
      })),
    format: (rho) => rho.toFixed(2),
  });
}
