import { mnistTasks } from '../tasks/catalogue';
import { css, inkOn, sequential } from './pixels';
import type { MatrixCell } from './protocol';
import { distance, MEASURES, type Measure, taskName } from './words';

/** The matrix of distances; a cell is empty until it is computed. */
export function DistanceTable({
  cells,
  measure,
  isDark,
}: {
  cells: readonly MatrixCell[];
  measure: Measure;
  isDark: boolean;
}) {
  const largest = cells.reduce((most, cell) => Math.max(most, cell[measure]), 0);
  const distanceOf = (source: string, target: string): number | undefined => {
    if (source === target) return 0;
    return cells.find((cell) => cell.source === source && cell.target === target)?.[measure];
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reached by keyboard
    <section class="scroll" aria-label={`${MEASURES[measure].name}, matrix`} tabIndex={0}>
      <table class="matrix">
        <thead>
          <tr>
            <td />
            <th scope="colgroup" colSpan={mnistTasks.length}>
              target task
            </th>
          </tr>
          <tr>
            <th scope="col">source task</th>
            {mnistTasks.map(({ id }) => (
              <th key={id} scope="col">
                {taskName(id)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {mnistTasks.map((source) => (
            <tr key={source.id}>
              <th scope="row">{taskName(source.id)}</th>
              {mnistTasks.map((target) => (
                <Cell
                  key={target.id}
                  value={distanceOf(source.id, target.id)}
                  largest={largest}
                  isDark={isDark}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ value, largest, isDark }: { value?: number; largest: number; isDark: boolean }) {
  if (value === undefined) return <td class="pending">·</td>;
  const fill = sequential(largest > 0 ? value / largest : 0, isDark);
  return <td style={{ background: css(fill), color: inkOn(fill) }}>{distance(value)}</td>;
}
