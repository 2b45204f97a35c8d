import { DISTANCE_KINDS, DISTANCE_NAMES } from './distance-kind';
import type { Figure } from './figure';
import { html, type Markup } from './markup';
import { MEASURES } from './measures';
import { pageHtml } from './page';
import { predictorsSvg } from './predictor-picture';
import { figureGrid } from './sections';
import { tableHtml } from './table';
import type { Transfer } from './transfer';
import { transferSvg } from './transfer-picture';
import {
  GIVEN_TARGET_NOTE,
  givenTargetTable,
  nullNote,
  pairTable,
  predictorNote,
  predictorTable,
  targetTable,
} from './transfer-table';

/** The pictures of a transfer check: files beside transfer.json, and parts of the pages. */
export function transferFigures(transfer: Transfer): Figure[] {
  return [
    {
      section: 'transfer',
      name: 'transfer-predictors',
      svg: predictorsSvg(transfer),
      caption:
        'The farther left, the better. A distance whose line reaches 0 is not told from no order at all, and one that lies on a predictor in orange tells no more than that does.',
    },
    ...DISTANCE_KINDS.map((kind) => ({
      section: 'transfer' as const,
      name: `transfer-${kind}`,
      svg: transferSvg(transfer, kind),
      caption: `${DISTANCE_NAMES[kind]} distance and accuracy; where distance predicts transfer, the points of one colour fall from left to right. A point below the dashed line of its colour did worse than from scratch.`,
    })),
  ];
}

/** Verdict, tables and pictures of a transfer check. */
export function transferSection(transfer: Transfer): Markup {
  const { network, estimator, probe, seeds, samples, epochs, verdict, runs, predictors } = transfer;
  const measures = MEASURES.filter(({ name }) => predictors.some((score) => score.name === name));
  const probed = probe ? ` The probe of Task2Vec is the network of task ${probe}, one a seed.` : '';
  const marks = nullNote(transfer);
  return html`<section id="transfer"><h2>Does distance predict transfer?</h2>
<p>The network of every task (${network}, seeds ${seeds.join(', ')}) was fine-tuned on every other task with ${samples} of its images for ${epochs} epochs. What it gained is its accuracy less that of a network from scratch on the same images. Distances are from the ${estimator} Fisher information.${probed}</p>
<aside class="note">${verdict.map((sentence) => html`<p>${sentence}</p>`)}</aside>
<h3>Distances beside trivial predictors</h3>
${tableHtml(predictorTable(transfer))}
<p class="muted">${predictorNote(transfer)}</p>
<h3>The best source for a given target</h3>
${tableHtml(givenTargetTable(transfer))}
<p class="muted">${GIVEN_TARGET_NOTE}</p>
<details><summary>What each measure is computed from</summary><ul>${measures.map(({ title, needs, source }) => html`<li>${title} (${source}): ${needs}</li>`)}</ul></details>
<h3>The sources of each target</h3>
${tableHtml(targetTable(transfer))}
${marks && html`<p class="muted">${marks}</p>`}
${figureGrid(transferFigures(transfer), 'transfer')}
<details><summary>All pairs, over ${runs.length} fine-tuned networks</summary>${tableHtml(pairTable(transfer))}</details></section>`;
}

/** The section as a page of its own, for a folder without a report. */
export function transferHtml(transfer: Transfer): string {
  return pageHtml('taskgrad transfer', transferSection(transfer));
}
