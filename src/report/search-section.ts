import type { Round } from '../nas/round';
import { isUndecided, sharesOf } from '../nas/shares';
import type { Figure } from './figure';
import { taskName } from './figures';
import { formatCount, formatMillions, formatPercent, formatSeconds } from './format';
import { html, type Markup } from './markup';
import type { Results, Search, Unsearched } from './results';
import { figureGrid, NOT_RUN } from './sections';
import { singleError, singleSearchNote } from './seed-spread';
import { columns, NOTHING, tableHtml } from './table';

export function searchSection(
  { search, unsearched = [], tasks, preset, protocol }: Results,
  figures: readonly Figure[],
): Markup {
  if (search.length === 0) return html`<section><h2>Architecture search</h2>${NOT_RUN}</section>`;
  const rows = search.map((run) => [
    run.method,
    taskName(tasks, run.target),
    `${run.space.length} operations`,
    String(candidatesTried(run.rounds)),
    singleError(100 * run.testError, run.method, { preset, protocol, target: run.target }),
    formatMillions(run.parameters / 1e6),
    ...(run.cost
      ? [formatSeconds(run.cost.search.gpuSeconds), formatSeconds(run.cost.training.gpuSeconds)]
      : [NOTHING, formatSeconds(run.gpuSeconds)]),
    formatSeconds(run.wallSeconds),
  ]);
  return html`<section><h2>Architecture search</h2>
<p>FUSE trains several candidate cells as one weighted mixture; the weights, softmax(α), are learnt on validation images cut from the training set. The heaviest cell of a round stays, the others are drawn anew. Random search trains every cell by itself, DARTS all operations of every edge at once; both choose by the same validation images. What a search found is trained again from scratch and tested.</p>
${tableHtml({
  columns: columns(
    'Method',
    'Target',
    'Search space',
    '#Cells tried',
    '#Error %',
    '#Parameters (M)',
    '#Search, GPU',
    '#Training, GPU',
    '#Wall time',
  ),
  rows,
})}
<p class="muted">${singleSearchNote({ preset, protocol, target: search[0].target }, [...new Set(search.map(({ method }) => method))])}</p>
${search.map(undecidedNote)}
${figureGrid(figures, 'search')}
${search.map(searchDetails)}${unsearched.length > 0 ? unsearchedDetails(unsearched) : null}</section>`;
}

function candidatesTried(rounds: Search['rounds']): number {
  return new Set(rounds.flatMap(({ candidates }) => candidates.map(({ hash }) => hash))).size;
}

/** Says where α left its candidates, or in DARTS an edge's operations, nearly equal shares. */
function undecidedNote({ method, rounds, space }: Search): Markup | null {
  const weighed = rounds.filter(({ entropy }) => entropy !== null);
  const undecided = weighed.filter(({ entropy, candidates, stages }) => {
    const choices = stages.length > 0 ? candidates.length : space.length;
    return entropy !== null && isUndecided(entropy, choices);
  });
  if (undecided.length === 0) return null;
  const where = weighed.length === 1 ? '' : ` in ${undecided.length} of ${weighed.length} rounds`;
  return html`<p><strong>${method}: α did not decide${where}.</strong> Its entropy ended within 5 % of that of equal shares, so the weights hardly tell the winner from the others.</p>`;
}

function roundRow({ round, candidates, stages, candidateValidationLoss, winner, entropy }: Round): string[] {
  const last = stages.at(-1);
  const weight = last && sharesOf(last.alpha)[winner];
  return [
    String(round),
    candidates.map(({ hash }) => hash).join(', '),
    candidates[winner].hash,
    weight === undefined ? NOTHING : weight.toFixed(2),
    candidateValidationLoss[winner].toFixed(3),
    entropy === null ? NOTHING : entropy.toFixed(2),
  ];
}

function searchDetails({ method, space, rounds }: Search): Markup {
  return html`<details><summary>${method}: rounds and search space</summary>
<p>Operations: ${space.join(', ')}.</p>
${tableHtml({
  columns: columns('Round', 'Candidates', 'Winner', '#Weight', '#Validation loss', '#Entropy (nats)'),
  rows: rounds.map(roundRow),
})}</details>`;
}

function unsearchedDetails(unsearched: readonly Unsearched[]): Markup {
  return html`<details><summary>Cells without a search</summary>
<p>The first cells that random search draws, and of all its draws the ones with most convolutions and with fewest parameters, trained as the winners are.</p>
${tableHtml({
  columns: columns('Rule', 'Cell', '#Error %', '#Body', '#Head', '#Steps', '#Training, GPU'),
  rows: unsearched.map(({ rule, genotype, testError, parameters, headParameters = 0, training }) => [
    rule,
    genotype.hash,
    formatPercent(testError),
    formatCount(parameters - headParameters),
    formatCount(headParameters),
    formatCount(training.steps),
    formatSeconds(training.gpuSeconds),
  ]),
})}</details>`;
}
