import { agreeWords } from './closest';
import { FISHER_IMAGES_NAMES } from './distance-kind';
import type { Figure } from './figure';
import { formatDistance } from './format';
import { heatMapSvg } from './heatmap';
import { html, type Markup } from './markup';
import { isAtOwn, type MeasureMatrix, type Measures } from './measure-matrices';
import { pageHtml } from './page';
import { figureGrid } from './sections';
import { formatSpread, type Spread } from './statistics/spread';
import { columns, NOTHING, type TextTable, tableHtml } from './table';

/** Whether some task has a null, that is, a network of its own from other first weights to hold others beside. */
const hasNulls = ({ nulls }: MeasureMatrix): boolean => nulls.some((own) => own !== null);

/** A cell as tables and pictures have it: on the diagonal the null, where there is one. */
const shown = ({ cells, nulls }: MeasureMatrix, source: number, target: number): Spread | null =>
  (source === target ? nulls[target] : null) ?? cells[source][target];

/** A measure's matrix as the terminal has it. In brackets is what does not tell two tasks apart. */
export function measureTable({ tasks }: Pick<Measures, 'tasks'>, matrix: MeasureMatrix): TextTable {
  const cell = (source: number, target: number): string => {
    const spread = shown(matrix, source, target);
    if (!spread) return NOTHING;
    const words = formatSpread(spread, formatDistance);
    return isAtOwn(matrix, source, target) ? `(${words})` : words;
  };
  return {
    columns: columns('source \\ target', ...tasks.map(({ id }) => `#${id}`)),
    rows: tasks.map(({ id, name }, source) => [
      `${id} ${name}`,
      ...tasks.map((_, target) => cell(source, target)),
    ]),
  };
}

/** The nearest source of each target by every measure, and how many seeds agree. */
export function nearestTable({ tasks, seeds, measures }: Measures): TextTable {
  return {
    columns: columns('Target', ...measures.map(({ title }) => `Nearest by ${title}`)),
    rows: tasks.map(({ id, name }) => [
      `${id} ${name}`,
      ...measures.map(({ closest }) => {
        const row = closest.find(({ task }) => task === id);
        return row ? `${row.closest}${agreeWords(row, { seeds, averaged: false })}` : NOTHING;
      }),
    ]),
  };
}

/** How to read a measure's matrix. */
export function measureNote(matrix: MeasureMatrix): string {
  const { first, needs, source } = matrix;
  const near = first === 'least' ? 'The least is the nearest' : 'The most is the nearest';
  const diagonal = hasNulls(matrix)
    ? ' On the diagonal is what the task’s own network of other first weights gives; in brackets is what is as near as that.'
    : '';
  return `${near}. Computed from ${needs} (${source}).${diagonal}`;
}

/** Heat maps of every measure: means, and deviations where there are several seeds. */
export function measureFigures({ tasks, seeds, measures }: Measures): Figure[] {
  const names = tasks.map(({ name }) => name);
  return measures.flatMap((matrix) => {
    const { name, title } = matrix;
    const values = (of: (spread: Spread) => number) =>
      tasks.map((_, source) =>
        tasks.map((_, target) => {
          const spread = shown(matrix, source, target);
          return spread && of(spread);
        }),
      );
    const atNull = hasNulls(matrix)
      ? tasks.map((_, source) => tasks.map((_, target) => isAtOwn(matrix, source, target)))
      : undefined;
    const mean: Figure = {
      section: 'measures',
      name: `heatmap-${name}-mean`,
      svg: heatMapSvg({ title: `${title}: mean`, unit: title, names, values: values((s) => s.mean), atNull }),
      caption: `Mean over ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}. ${measureNote(matrix)}`,
    };
    if (seeds.length === 1) return [mean];
    const unit = `standard deviation of ${title}`;
    const sd: Figure = {
      section: 'measures',
      name: `heatmap-${name}-sd`,
      svg: heatMapSvg({
        title: `${title}: standard deviation`,
        ...{ unit, names, values: values((s) => s.sd) },
      }),
      caption: 'Spread over seeds. Two means that differ by less than this are not told apart.',
    };
    return [mean, sd];
  });
}

/** Tables and heat maps of task measures. */
export function measureSection(measures: Measures): Markup {
  const { network, probe, images, seeds } = measures;
  const probed = probe ? ` The probe of Task2Vec is the network of task ${probe}, one a seed.` : '';
  return html`<section id="measures"><h2>Other measures of nearness</h2>
<p>How near each source task is to each target by measures of others, from the networks (${network}, seeds ${seeds.join(', ')}) and the target’s ${FISHER_IMAGES_NAMES[images]}.${probed}</p>
${tableHtml(nearestTable(measures))}
${figureGrid(measureFigures(measures), 'measures')}</section>`;
}

/** The section as a page of its own, for a folder without a report. */
export function measuresHtml(measures: Measures): string {
  return pageHtml('taskgrad distance', measureSection(measures));
}
