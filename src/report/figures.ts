import { effectOf } from '../nas/operations/defined';
import { alphaSvg, hasAlpha } from './alpha';
import { cellSvg } from './cell';
import type { Comparison } from './comparison';
import { comparisonSvg } from './comparison-picture';
import { accuracySvg, lossSvg } from './curves';
import { heatMapSvg } from './heatmap';
import type { Distance, Results, Search, Task } from './results';

/** A picture of the report: embedded in the page, and a file of its own beside it. */
export interface Figure {
  readonly section: 'training' | 'distance' | 'transfer' | 'search' | 'published';
  /** File name without its ending. */
  readonly name: string;
  readonly svg: string;
  /** How to read it. */
  readonly caption: string;
}

/** Name of a task, or its number if the results do not list it. */
export function taskName(tasks: readonly Task[], task: string): string {
  return tasks.find(({ id }) => id === task)?.name ?? `task ${task}`;
}

/** Every picture these results and comparisons can fill, in the order of the page. */
export function reportFigures(results: Results, comparisons: readonly Comparison[]): Figure[] {
  return [
    ...(results.distance ? distanceFigures(results.distance, results.tasks) : []),
    ...results.search.flatMap(searchFigures),
    ...trainingFigures(results),
    ...comparisons.map(comparisonFigure),
  ];
}

function comparisonFigure(comparison: Comparison): Figure {
  return {
    section: 'published',
    name: `published-${comparison.name}`,
    svg: comparisonSvg(comparison),
    caption:
      'Test error, published in grey and ours in blue. The notes under the table say what ours were cut down to.',
  };
}

function trainingFigures({ training, tasks }: Results): Figure[] {
  if (training.every(({ curve }) => curve.length === 0)) return [];
  return [
    {
      section: 'training',
      name: 'training-loss',
      svg: lossSvg(training, tasks),
      caption:
        'Mean cross-entropy of each epoch on the training data; one line per task and seed. It should fall and flatten.',
    },
    {
      section: 'training',
      name: 'training-accuracy',
      svg: accuracySvg(training, tasks),
      caption:
        'Share of images named rightly; solid on training data, dashed on test data. A dashed line far below its solid one means overfitting.',
    },
  ];
}

function distanceFigures(distance: Distance, tasks: readonly Task[]): Figure[] {
  const names = distance.tasks.map((id) => taskName(tasks, id));
  const figure = (name: string, title: string, values: readonly (readonly number[])[], caption: string) => ({
    section: 'distance' as const,
    name: `heatmap-${name}`,
    svg: heatMapSvg({ title, unit: UNITS[name] ?? '', names, values }),
    caption,
  });
  const seeds = `${distance.seeds.length} ${distance.seeds.length === 1 ? 'seed' : 'seeds'}`;
  return [
    figure(
      'logdet-mean',
      'Log-det distance: mean',
      distance.logdet.mean,
      `Mean over ${seeds}. Read down a column: the palest cell off the diagonal is the closest source for that target.`,
    ),
    figure(
      'logdet-sd',
      'Log-det distance: standard deviation',
      distance.logdet.sd,
      'Spread over seeds. Two means that differ by less than this are not told apart.',
    ),
    figure(
      'frechet-mean',
      'Fréchet distance: mean',
      distance.frechet.mean,
      `Mean over ${seeds}; 0 is the same Fisher information, 1 is none shared. Read down a column as above.`,
    ),
    figure(
      'frechet-sd',
      'Fréchet distance: standard deviation',
      distance.frechet.sd,
      'Spread over seeds, on its own colour scale.',
    ),
    ...(distance.published
      ? [
          figure(
            'logdet-published',
            'Log-det distance: published',
            distance.published,
            'Published, not measured here: means over ten seeds from arXiv:2103.00241, with the paper’s own network and training. Compare the order of the cells, not their size.',
          ),
        ]
      : []),
  ];
}

const UNITS: Readonly<Record<string, string>> = {
  'logdet-mean': 'log-det distance per parameter (nats)',
  'logdet-sd': 'standard deviation (nats)',
  'logdet-published': 'log-det distance per parameter (nats)',
  'frechet-mean': 'Fréchet distance (no unit)',
  'frechet-sd': 'standard deviation (no unit)',
};

function searchFigures(search: Search): Figure[] {
  const slug = `${search.method} task${search.target}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const cell: Figure = {
    section: 'search',
    name: `cell-${slug}`,
    svg: cellSvg(search.winner, effectOf, `Winner: ${search.method}`),
    caption:
      'Data flows along the arrows; blue is a convolution, orange pooling, green passes on unchanged, dashed grey carries nothing. The last node joins its inputs on channels.',
  };
  const { reduction } = search.winner;
  const cells: Figure[] = reduction
    ? [
        cell,
        {
          ...cell,
          name: `${cell.name}-reduction`,
          svg: cellSvg(
            { ...search.winner, edges: reduction },
            effectOf,
            `Winner: ${search.method}, reduction`,
          ),
          caption: 'The cell at a third and at two thirds of the stack, which halves the image.',
        },
      ]
    : [cell];
  if (!hasAlpha(search)) return cells;
  const alpha: Figure = {
    section: 'search',
    name: `alpha-${slug}`,
    svg: alphaSvg(search),
    caption:
      'Share of each candidate in the mixture. The thick line ending in a large mark wins its round and keeps its colour in the next; the other colours are then new draws.',
  };
  return [alpha, ...cells];
}
