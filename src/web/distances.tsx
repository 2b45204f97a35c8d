import { DISTANCE_KINDS, DISTANCE_NAMES, type DistanceKind } from '../report/distance-kind';
import { mnistTasks } from '../tasks/catalogue';
import { Segments } from './parts';
import { css, inkOn, sequential } from './pixels';
import type { MatrixCell } from './protocol';
import { DISTANCES, distance, taskName } from './words';

const KINDS = DISTANCE_KINDS.map((kind) => ({ value: kind, text: DISTANCE_NAMES[kind] }));

/** Which of the distances is shown. */
export function DistanceChoice({
  kind,
  onChange,
}: {
  kind: DistanceKind;
  onChange: (kind: DistanceKind) => void;
}) {
  return <Segments label="Measure" value={kind} options={KINDS} onChange={onChange} />;
}

/** The matrix of distances; a cell is empty until it is computed. */
export function DistanceTable({
  cells,
  kind,
  isDark,
}: {
  cells: readonly MatrixCell[];
  kind: DistanceKind;
  isDark: boolean;
}) {
  const largest = cells.reduce((most, cell) => Math.max(most, cell[kind]), 0);
  const distanceOf = (source: string, target: string): number | undefined => {
    if (source === target) return 0;
    return cells.find((cell) => cell.source === source && cell.target === target)?.[kind];
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reached by keyboard
    <section class="scroll" aria-label={`${DISTANCES[kind].name}, matrix`} tabIndex={0}>
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
