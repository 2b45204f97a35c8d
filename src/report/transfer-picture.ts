import { DISTANCE_NAMES, type DistanceKind } from './distance-kind';
import { formatPercent } from './format';
import { scatterSvg } from './scatter';
import { NOTHING } from './table';
import type { Transfer } from './transfer';
import { correlationText } from './transfer-table';

/**
 * Distance against accuracy as SVG. Each pair of tasks is a point. Each target has a colour, and a dashed line for
 * the network from scratch.
 */
export function transferSvg(transfer: Transfer, kind: DistanceKind): string {
  const { pairs, targets, tasks, samples, predictors, seeds } = transfer;
  const score = predictors.find(({ name }) => name === kind);
  const counted = `mean over ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`;
  return scatterSvg({
    title: `${DISTANCE_NAMES[kind]} distance and transfer with ${samples} samples, ${counted}`,
    subtitle: `Spearman of distance and accuracy gained: ${score ? correlationText(score) : NOTHING}; near −1, nearer sources transfer better`,
    x: { name: `${DISTANCE_NAMES[kind]} distance from source to target`, least: 0 },
    y: { name: 'accuracy fine-tuned (%)', least: 0, most: 100 },
    groups: targets.map(({ task, scratch }) => ({
      name: `target ${task} (${tasks.find(({ id }) => id === task)?.name ?? task}); dashed: from scratch, ${formatPercent(scratch.mean)} %`,
      line: 100 * scratch.mean,
      points: pairs
        .filter(({ target }) => target === task)
        .map((pair) => ({
          x: pair[kind].mean,
          y: 100 * pair.accuracy.mean,
          label: `${pair.source}→${pair.target}`,
        })),
    })),
  });
}
