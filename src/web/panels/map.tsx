import { useMemo, useState } from 'preact/hooks';
import type { DistanceKind } from '../../report/distance-kind';
import { mnistTasks } from '../../tasks/catalogue';
import { useSetting } from '../address';
import { DistanceChoice } from '../distances';
import { squareWidth } from '../map/scene';
import { MapView } from '../map/view';
import { placeTasks } from '../mds';
import { Button, Card, Choice, Empty } from '../parts';
import type { MatrixCell } from '../protocol';
import { FlatMap } from '../sample/flat-map';
import { defaultNetwork } from '../store';
import { DISTANCES, distance, NETWORK_OPTIONS, percent, taskName } from '../words';
import type { PanelProps } from './panel';

const NAMES = mnistTasks.map(({ id }) => taskName(id));
const CELLS = mnistTasks.length * (mnistTasks.length - 1);
const MAP_HEIGHT = 460;

export function MapPanel({ state, send, isDark, ready }: PanelProps) {
  const [kind, setKind] = useSetting('distance', 'logdet');
  const [network, setNetwork] = useSetting('measured', defaultNetwork(state));
  const [chosen, choose] = useState<number | undefined>(undefined);
  const cells = state.matrix[network] ?? [];
  const matrix = useMemo(() => (cells.length === CELLS ? matrixOf(cells, kind) : undefined), [cells, kind]);
  const placement = useMemo(() => matrix && placeTasks(matrix), [matrix]);
  const isBusy = state.activity === 'measuring';
  return (
    <div class="panel">
      <Card
        title="Tasks in space"
        wide
        note="The closer two tasks stand, the more alike are the weights that matter for them. Drag or arrow keys turn the map, the wheel or + and − zoom; hovering shows a task’s distances."
      >
        <div class="buttons">
          {isBusy ? (
            <Button primary onClick={() => send({ type: 'pause' })}>
              Stop
            </Button>
          ) : (
            <Button
              primary
              disabled={!ready || matrix !== undefined}
              onClick={() => send({ type: 'matrix', network })}
            >
              {matrix ? 'All distances measured' : `Measure distances (${cells.length} of ${CELLS})`}
            </Button>
          )}
          <DistanceChoice kind={kind} onChange={setKind} />
          <Choice label="Network" value={network} options={NETWORK_OPTIONS} onChange={setNetwork} />
        </div>
        {placement && state.isSample ? (
          <FlatMap placement={placement} names={NAMES} />
        ) : placement ? (
          <MapView placement={placement} names={NAMES} chosen={chosen} onChoose={choose} isDark={isDark} />
        ) : (
          <Empty height={MAP_HEIGHT}>
            The map appears when all distances are measured: the engine trains a network for each task and
            compares what matters in them.
          </Empty>
        )}
        {placement && matrix && (
          <div class="legend">
            <ul aria-label="Tasks">
              {NAMES.map((name, i) => (
                <li key={name}>
                  <button
                    type="button"
                    class="task"
                    aria-pressed={chosen === i}
                    onClick={() => choose(chosen === i ? undefined : i)}
                  >
                    <span class="dot" style={{ background: `var(--series-${(i % 4) + 1})` }} />
                    {name}
                  </button>
                </li>
              ))}
            </ul>
            <p aria-live="polite">{spoken(matrix, chosen, kind)}</p>
            <p class="note">
              A square of the ground is {distance(squareWidth(placement))} {DISTANCES[kind].unit} wide. The
              distances, means of both directions, are kept to {percent(placement.stress)} % (Kruskal’s
              stress).
            </p>
          </div>
        )}
      </Card>
    </div>
  );
}

function spoken(
  matrix: readonly (readonly number[])[],
  chosen: number | undefined,
  kind: DistanceKind,
): string {
  if (chosen === undefined) return 'Point at a task, or choose one here, for its distances.';
  const others = NAMES.map((name, i) => ({ name, i })).filter(({ i }) => i !== chosen);
  const parts = others.map(
    ({ name, i }) => `${distance((matrix[chosen][i] + matrix[i][chosen]) / 2)} to ${name}`,
  );
  return `${DISTANCES[kind].name} of ${NAMES[chosen]}: ${parts.join(', ')}.`;
}

/** All distances, [source, target]. */
function matrixOf(cells: readonly MatrixCell[], kind: DistanceKind): number[][] {
  return mnistTasks.map((source) =>
    mnistTasks.map(
      (target) => cells.find((cell) => cell.source === source.id && cell.target === target.id)?.[kind] ?? 0,
    ),
  );
}
