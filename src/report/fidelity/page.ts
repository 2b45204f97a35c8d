import { html, type Markup } from '../markup';
import type { ProtocolName } from '../protocol';
import { columns, tableHtml } from '../table';
import { FIDELITY, type FidelityPart, PROGRAMS } from './fidelity';

export const FIDELITY_TITLE = 'As in the papers, and not';
const HEADINGS = ['What', 'In the papers and their programs', 'Protocol corrected', 'original', 'Seen in'];

const rowsOf = ({ differences }: FidelityPart): string[][] =>
  differences.map(({ what, papers, corrected, original, source }) => [
    what,
    papers,
    corrected,
    original,
    source,
  ]);

/** A section of the report: what differs, and which protocol the run followed. */
export function fidelitySection(protocol: ProtocolName | undefined): Markup {
  const followed = protocol ? html` This run followed the protocol <strong>${protocol}</strong>.` : null;
  return html`<section><h2>${FIDELITY_TITLE}</h2>
<p>Papers and programs: ${PROGRAMS.map(({ name, paper, commit }) => `${paper} (${name}, ${commit})`).join(', ')}. What is not listed is as there.${followed}</p>
${FIDELITY.map((part) => html`<details><summary>${part.title}</summary>${tableHtml({ columns: columns(...HEADINGS), rows: rowsOf(part) })}</details>`)}
</section>`;
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The same as a page in Markdown; a test holds the README beside this file to it. */
export function fidelityMarkdown(): string {
  const programs = PROGRAMS.map(
    ({ name, paper, address, commit }) => `- ${paper}: [${name}](${address}), commit ${commit}`,
  );
  const parts = FIDELITY.map((part) =>
    [`## ${part.title}`, '', line(HEADINGS), line(HEADINGS.map(() => '---')), ...rowsOf(part).map(line)].join(
      '\n',
    ),
  );
  return `# ${FIDELITY_TITLE}

Made from \`src/report/fidelity/\` by \`taskgrad report --papers\`. \`--protocol corrected\` is the default of every experiment, \`--protocol original\` follows the public programs even where they are wrong. What is not listed is as there.

${programs.join('\n')}

${parts.join('\n\n')}
`;
}
