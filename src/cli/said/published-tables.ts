import type { Comparison } from '../../report/comparison';
import { comparedTable } from '../../report/comparison-table';
import { tableText } from '../../report/table';
import type { Reporter } from '../progress';

/** Prints a published table with ours beside it, and what ours were cut down to. */
export function sayPublished(
  { say }: Pick<Reporter, 'say'>,
  { name, title, source, rows, notes }: Comparison,
): void {
  const table = tableText(comparedTable({ rows }));
  const below = notes.map((note) => `ours, ${note}`);
  say(`\n${title}; published: ${source}\n${[table, ...below].join('\n')}`, {
    event: 'published',
    name,
    rows,
    notes,
  });
}
