import type { Figure } from '../figure';
import { html, type Markup } from '../markup';
import { pageHtml } from '../page';
import { figureGrid } from '../sections';
import { tableHtml } from '../table';
import { anytimeSvg, differencesSvg, errorsSvg, hasCurves } from './picture';
import type { Study } from './study';
import { armTable, pairTable, studyNote } from './table';
import { regretTable, tableNote } from './table-facts';

/** The pictures of a study: files beside study.json, and parts of the pages. */
export function studyFigures(study: Study): Figure[] {
  const figure = (name: string, svg: string, caption: string): Figure => ({
    section: 'study',
    name,
    svg,
    caption,
  });
  const curves = hasCurves(study)
    ? (['gpuSeconds', 'networks'] as const).map((axis) =>
        figure(
          axis === 'gpuSeconds' ? 'study-anytime-seconds' : 'study-anytime-networks',
          anytimeSvg(study, axis),
          'Mean over the runs of the best validation error so far, and its 95 % interval over seeds. A line begins where every run has looked at a candidate.',
        ),
      )
    : [];
  return [
    figure(
      'study-errors',
      errorsSvg(study),
      'Intervals that lie apart are not a test, nor do two that overlap say that nothing differs: the pairs do, since they share images and final training.',
    ),
    ...(study.pairs.length > 0
      ? [
          figure(
            'study-differences',
            differencesSvg(study),
            'A line that reaches 0 does not tell its two methods apart.',
          ),
        ]
      : []),
    ...curves,
  ];
}

/** Sentence, tables and pictures of a study. */
export function studySection(study: Study): Markup {
  const { sentence, seeds, tasks, byTask, runs, adapter } = study;
  const nameOf = (task: string) => tasks.find(({ id }) => id === task)?.name ?? `task ${task}`;
  return html`<section id="study"><h2>Methods over seeds</h2>
<p>${runs.length} searches for ${tasks.map(({ name }) => name).join(', ')}, seeds ${seeds.join(', ')}, on ${adapter.description}. Runs of one task and seed have the same images and the same final training.</p>
<aside class="note"><p>${sentence}</p></aside>
${tableHtml(armTable(study))}
${study.pairs.length > 0 ? html`<h3>Every two methods</h3>${tableHtml(pairTable(study))}` : null}
<p class="muted">${studyNote(study)}</p>
${study.table && html`<h3>On a table</h3>${tableHtml(regretTable(study.table))}<p class="muted">${tableNote(study.table)}</p>`}
${figureGrid(studyFigures(study), 'study')}
${byTask.map(
  (own) =>
    html`<details><summary>${nameOf(own.task)} by itself</summary>${tableHtml(armTable(own))}${
      own.pairs.length > 0 ? tableHtml(pairTable(own)) : null
    }</details>`,
)}</section>`;
}

/** The section as a page of its own, for a folder without a report. */
export const studyHtml = (study: Study): string => pageHtml('taskgrad study', studySection(study));
