import type { Comparison } from './comparison';
import { comparedTable } from './comparison-table';
import type { DistanceKind } from './distance-kind';
import { type Figure, taskName } from './figures';
import { formatCount, formatDistance, formatPercent, formatSeconds } from './format';
import { html, Markup } from './markup';
import type { Results } from './results';
import { columns, NOTHING, tableHtml } from './table';

export const NOT_RUN = html`<p class="muted">Not run.</p>`;

export function figureGrid(figures: readonly Figure[], section: Figure['section']): Markup {
  const shown = figures.filter((figure) => figure.section === section);
  const pictures = shown.map(({ name, svg, caption }) => {
    const wide = name.startsWith('cell') ? ' wide' : '';
    return html`<figure id="${name}"><div class="picture${wide}">${new Markup(svg)}</div><figcaption>${caption}</figcaption></figure>`;
  });
  return html`<div class="grid">${pictures}</div>`;
}

export function trainingSection({ training, tasks }: Results, figures: readonly Figure[]): Markup {
  const rows = training.map((run) => [
    taskName(tasks, run.task),
    String(run.seed),
    run.network,
    formatCount(run.parameters),
    formatPercent(run.testAccuracy),
    formatSeconds(run.gpuSeconds),
  ]);
  const data = tasks.map(({ id, name, classes, trainCount, testCount }) => [
    id,
    name,
    String(classes),
    formatCount(trainCount),
    formatCount(testCount),
  ]);
  return html`<section><h2>Tasks and training</h2>
<p>Each task asks another question about the same images; one network per task and seed learns to answer it, and its Fisher information gives the distances.</p>
${tableHtml({ columns: columns('Task', 'Name', '#Classes', '#Training images', '#Test images'), rows: data })}
${
  training.length === 0
    ? NOT_RUN
    : html`${figureGrid(figures, 'training')}
<details><summary>All ${training.length} trained networks</summary>${tableHtml({
        columns: columns('Task', '#Seed', 'Network', '#Parameters', '#Test accuracy %', '#GPU time'),
        rows,
      })}</details>`
}</section>`;
}

export function distanceSection({ distance, tasks }: Results, figures: readonly Figure[]): Markup {
  if (!distance) return html`<section><h2>Distances between tasks</h2>${NOT_RUN}</section>`;
  const nearest = (kind: DistanceKind, task: string) => {
    const found = distance[kind].closest.find((row) => row.task === task);
    return found ? [taskName(tasks, found.closest), formatDistance(found.distance)] : [NOTHING, NOTHING];
  };
  const rows = distance.tasks.map((task) => [
    taskName(tasks, task),
    ...nearest('logdet', task),
    ...nearest('frechet', task),
  ]);
  return html`<section><h2>Distances between tasks</h2>
<p>How far the knowledge in a source task’s network (row) lies from what a target task needs (column), from the diagonal ${distance.estimator} Fisher information of ${distance.network} on the target’s test images; ε = ${distance.epsilon}, seeds ${distance.seeds.join(', ')}. Small means alike; the distance has a direction, so the matrix need not be symmetric.</p>
<h3>The closest task for each target</h3>
${tableHtml({ columns: columns('Target', 'Closest by log-det', '#Distance', 'Closest by Fréchet', '#Distance'), rows })}
${figureGrid(figures, 'distance')}</section>`;
}

export function publishedSection(comparisons: readonly Comparison[], figures: readonly Figure[]): Markup {
  return html`<section><h2>Beside the published figures</h2>
<p>Published figures are as the papers print them, <strong>not measured here</strong>; ours are in the columns after them. ‘Not run’ is what no run here has tried, a dash a figure that is not at hand.</p>
${comparisons.map(
  (comparison) =>
    html`<h3>${comparison.title}</h3><p class="muted">Published: ${comparison.source}</p>${tableHtml(comparedTable(comparison))}
${comparison.notes.map((note) => html`<p class="muted">Ours, ${note}.</p>`)}`,
)}
${figureGrid(figures, 'published')}</section>`;
}
