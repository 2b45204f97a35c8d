import { type Comparison, compareWithPublished, searchedWith } from './comparison';
import { fidelitySection } from './fidelity/page';
import type { Figure } from './figure';
import { reportFigures } from './figures';
import { formatPercent, formatSeconds } from './format';
import { html, type Markup } from './markup';
import type { Measures } from './measure-matrices';
import { measureSection } from './measure-section';
import { pageHtml } from './page';
import type { Adapter, Results } from './results';
import { searchSection } from './search-section';
import { distanceSection, NOT_RUN, publishedSection, trainingSection } from './sections';
import { studySection } from './study/section';
import type { Study } from './study/study';
import { comparisonTable, tableHtml } from './table';
import { tableNotes } from './table-notes';
import type { Transfer } from './transfer';
import { transferSection } from './transfer-section';

/**
 * The whole report as one page: style and pictures inside, no script, nothing loaded from elsewhere.
 * @param comparisons tables beside the published figures; default: with this run's rows alone
 * @param transfer the transfer check of the same folder, if there is one
 * @param study the study of the same folder, if there is one
 * @param measures the task measures of the same folder, if there are any
 */
export function reportHtml(
  results: Results,
  comparisons: readonly Comparison[] = compareWithPublished([results]),
  figures: readonly Figure[] = reportFigures(results, comparisons),
  transfer: Transfer | null = null,
  study: Study | null = null,
  measures: Measures | null = null,
): string {
  const by = results.protocol === 'original' ? ', protocol original' : '';
  const title = `taskgrad report: preset ${results.preset}${by}`;
  const content = html`<p class="muted">Started ${results.startedAt.replace('T', ' ').replace(/\.\d+/, '')}, seed ${results.seed}, taskgrad ${results.taskgrad}.</p>
${headline(results)}
${adapterNote(results.adapter)}
<div class="grid">${adapterCard(results)}${cutDownCard(results)}</div>
<section><h2>Comparison</h2>
<p>Errors on the test images, of cells that were searched, of cells that nobody searched, and of hand-made networks; parameters in millions.</p>
${results.table.length > 0 ? tableHtml(comparisonTable(results.table, searchedWith(results))) : NOT_RUN}
${tableNotes(results).map((note) => html`<p class="muted">${note}</p>`)}
</section>
${study && studySection(study)}
${distanceSection(results, figures)}
${measures && measureSection(measures)}
${transfer && transferSection(transfer)}
${searchSection(results, figures)}
${trainingSection(results, figures)}
${fidelitySection(results.protocol)}
${publishedSection(comparisons, figures)}`;
  return pageHtml(title, content);
}

function headline({ search, distance, wallSeconds, training, tasks, adapter }: Results): Markup {
  const fact = (name: string, value: string, detail: string) =>
    html`<div><dt>${name}</dt><dd><span class="value">${value}</span><br/><span class="detail">${detail}</span></dd></div>`;
  const accuracies = search.map(({ testError }) => 1 - testError);
  const range = [Math.min(...accuracies), Math.max(...accuracies)].map(formatPercent);
  const seeds = new Set(training.map(({ seed }) => seed)).size;
  return html`<dl class="facts">
${search.length > 0 ? fact('Searched cells', `${[...new Set(range)].join(' to ')} %`, `test accuracy, one search each: ${search.map(({ method }) => method).join(', ')}`) : null}
${training.length > 0 ? fact('Networks trained', String(training.length), `${tasks.length} tasks, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`) : null}
${distance ? fact('Distances', `${distance.tasks.length} × ${distance.tasks.length}`, `${distance.estimator} Fisher of ${distance.network}, ${distance.seeds.length} seeds`) : null}
${fact('Wall time', formatSeconds(wallSeconds), `on ${adapter.kind}${adapter.software ? ', a software adapter' : ''}`)}
</dl>`;
}

function adapterNote({ kind, software }: Adapter): Markup | null {
  if (!software) return null;
  return html`<aside class="note"><p><strong>Computed in software.</strong> ${kind} runs on the processor, so the times here say nothing about a graphics card. To use one, install its Vulkan driver (NVIDIA’s own, or Mesa’s for AMD and Intel), see that <code>taskgrad devices</code> lists it, and run again with <code>--adapter gpu</code>.${
    kind === 'swiftshader'
      ? ' Without a card, Mesa’s lavapipe (Debian: mesa-vulkan-drivers) is quicker than SwiftShader.'
      : null
  }</p></aside>`;
}

function adapterCard({ adapter, versions }: Results): Markup {
  const pairs: [string, string][] = [
    ['adapter', adapter.kind],
    ['device', adapter.description],
    ...(adapter.driver ? [['driver', adapter.driver] satisfies [string, string]] : []),
    ...Object.entries(versions),
  ];
  return html`<section class="card"><h3>Adapter and versions</h3>
<dl class="pairs">${pairs.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`;
}

function cutDownCard({ cutDown }: Results): Markup {
  return html`<section class="card"><h3>Cut down against <code>--preset paper</code></h3>
${cutDown.length > 0 ? html`<ul>${cutDown.map((line) => html`<li>${line}</li>`)}</ul>` : html`<p>Nothing.</p>`}</section>`;
}
