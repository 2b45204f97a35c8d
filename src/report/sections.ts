import { agreeWords } from './closest';
import { closestOverEpsilon } from './closest-over-epsilon';
import type { Comparison } from './comparison';
import { comparedTable } from './comparison-table';
import { type DistanceKind, FISHER_IMAGES_NAMES } from './distance-kind';
import type { Figure } from './figure';
import { taskName } from './figures';
import { formatCount, formatPercent, formatSeconds } from './format';
import { html, Markup } from './markup';
import { distanceWords, nullOf } from './null-distance';
import { publishedRho, rhoText } from './published-rho';
import type { Results } from './results';
import { columns, NOTHING, tableHtml } from './table';

export const NOT_RUN = html`<p class="muted">Not run.</p>`;

/** The pictures of one section side by side. */
export function figureGrid(figures: readonly Figure[], section: Figure['section']): Markup {
  const shown = figures.filter((figure) => figure.section === section);
  const pictures = shown.map(({ name, svg, caption }) => {
    const wide = name.startsWith('cell') ? ' wide' : '';
    const row = name.startsWith('sensitivity') ? 'row' : '';
    return html`<figure id="${name}" class="${row}"><div class="picture${wide}">${new Markup(svg)}</div><figcaption>${caption}</figcaption></figure>`;
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
  const nameOf = (task: string) => taskName(tasks, task);
  const nearest = (kind: DistanceKind, task: string) => {
    const found = distance[kind].closest.find((row) => row.task === task);
    const words = found && distanceWords(found.distance, nullOf(distance, kind, task));
    return found && words
      ? [`${nameOf(found.closest)}${agreeWords(found, distance)}`, words]
      : [NOTHING, NOTHING];
  };
  const rows = distance.tasks.map((task) => [
    nameOf(task),
    ...nearest('logdet', task),
    ...nearest('frechet', task),
  ]);
  const { estimator, head, network, images, epsilon, below, seeds, averaged } = distance;
  const perSeed = distance.logdet.perSeed ?? [distance.logdet.mean];
  const order = publishedRho(distance.tasks, perSeed);
  const average = averaged ? ', each task’s Fishers averaged over the seeds' : '';
  return html`<section><h2>Distances between tasks</h2>
<p>How far the knowledge in a source task’s network (row) lies from what a target task needs (column), from the diagonal ${estimator} Fisher information of ${network} on the target’s ${FISHER_IMAGES_NAMES[images]}${average}; heads ${head}, ε = ${epsilon.toExponential()}, seeds ${seeds.join(', ')}. The distance has a direction, so the matrix need not be symmetric.</p>
${below === undefined ? null : html`<p>${formatPercent(below)} % of the normalised Fishers’ entries are below ε.</p>`}
${order && html`<p>The order of our log-det means and that of the published ones: Spearman’s ρ ${rhoText(order, perSeed.length)}.</p>`}
<h3>The closest task for each target</h3>
${tableHtml({ columns: columns('Target', 'Closest by log-det', 'Distance', 'Closest by Fréchet', 'Distance'), rows })}
${
  distance.overEpsilon.length > 0
    ? html`<h3>The closest task over ε</h3>
${tableHtml(closestOverEpsilon(distance, nameOf))}`
    : null
}
${figureGrid(figures, 'distance')}</section>`;
}

export function publishedSection(comparisons: readonly Comparison[], figures: readonly Figure[]): Markup {
  return html`<section><h2>Beside the published figures</h2>
<p>Published figures are as the papers print them, <strong>not measured here</strong>; ours are in the columns after them. ‘Not run’ is what no run here has tried, a dash a figure that is not at hand. In brackets beside one seed’s error is what seeds of its preset differ by, where that is known.</p>
${comparisons.map(
  (comparison) =>
    html`<h3>${comparison.title}</h3><p class="muted">Published: ${comparison.source}</p>${tableHtml(comparedTable(comparison))}
${comparison.notes.map((note) => html`<p class="muted">Ours, ${note}.</p>`)}`,
)}
${figureGrid(figures, 'published')}</section>`;
}
