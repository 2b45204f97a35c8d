import { useMemo, useState } from 'preact/hooks';
import type { DistanceKind } from '../../report/distance-kind';
import { mnistTasks } from '../../tasks/catalogue';
import { useSetting } from '../address';
import { DistanceChoice } from '../distances';
import { Legend, type Mapped } from '../map/legend';
import { closestTasks, overSeeds } from '../map/seeds';
import { MapView } from '../map/view';
import { placeTasks } from '../mds';
import { distancesOf, TASK_NAMES } from '../own/among';
import { Button, Card, Choice, Empty } from '../parts';
import type { MatrixCell } from '../protocol';
import { FlatMap } from '../sample/flat-map';
import { defaultNetwork, type PageState } from '../store';
import { StudyButton } from '../study-button';
import { NETWORK_OPTIONS, taskName } from '../words';
import type { PanelProps } from './panel';

const IDS = mnistTasks.map(({ id }) => id);
const NAMES = IDS.map(taskName);
const CELLS = mnistTasks.length * (mnistTasks.length - 1);
const MAP_HEIGHT = 460;
const WHOSE = { own: 'MNIST’s and yours', mnist: 'MNIST’s' } as const;
const WHOSE_OPTIONS = (['own', 'mnist'] as const).map((value) => ({ value, text: WHOSE[value] }));
const SEEDS = ['3', '5'].map((value) => ({ value, text: value }));

export function MapPanel({ state, send, isDark, ready }: PanelProps) {
  const [kind, setKind] = useSetting('distance', 'logdet');
  const [network, setNetwork] = useSetting('measured', defaultNetwork(state));
  const [seeds, setSeeds] = useState(SEEDS[0].value);
  const [chosen, choose] = useState<number | undefined>(undefined);
  const cells = state.matrix[network] ?? [];
  const several = state.seeds[network];
  const [whose, setWhose] = useState<keyof typeof WHOSE>(state.isSample ? 'mnist' : 'own');
  const own = state.own.trained?.network === network ? state.own : undefined;
  const among = useMemo(() => own && distancesOf(own, kind), [own?.distances, kind]);
  const mapped = useMemo(
    () => (among && whose === 'own' ? mapOf(among, TASK_NAMES, kind) : mappedOf(cells, several, kind)),
    [among, whose, cells, several, kind],
  );
  const isBusy = state.activity === 'measuring';
  const isWhole = cells.length === CELLS;
  const isSpread = mapped?.spread !== undefined && mapped.seeds === Number(seeds);
  return (
    <div class="panel">
      <Card
        title="Tasks in space"
        wide
        note="The closer two tasks stand, the more alike are the weights that matter for them. Drag, a finger or arrow keys turn the map; the wheel, two fingers or + and − zoom; hovering or a tap shows a task’s distances."
      >
        <div class="buttons">
          {isBusy ? (
            <Button primary onClick={() => send({ type: 'pause' })}>
              Stop
            </Button>
          ) : (
            <Button primary disabled={!ready || isWhole} onClick={() => send({ type: 'matrix', network })}>
              {isWhole ? 'All distances measured' : `Measure distances (${cells.length} of ${CELLS})`}
            </Button>
          )}
          <DistanceChoice kind={kind} onChange={setKind} />
          <Choice label="Network" value={network} options={NETWORK_OPTIONS} onChange={setNetwork} />
          {among && <Choice label="Tasks" value={whose} options={WHOSE_OPTIONS} onChange={setWhose} />}
          <Choice label="Seeds" value={seeds} options={SEEDS} onChange={setSeeds} />
          <Button
            disabled={!ready || isBusy || isSpread}
            onClick={() => send({ type: 'seeds', network, seeds: Number(seeds) })}
          >
            {isSpread ? `Measured over ${seeds} seeds` : `Measure over ${seeds} seeds`}
          </Button>
          <StudyButton state={state} />
        </div>
        {mapped ? (
          <>
            {state.isSample ? (
              <FlatMap placement={mapped.placement} names={mapped.names} />
            ) : (
              <MapView
                placement={mapped.placement}
                names={mapped.names}
                closest={mapped.closest}
                blur={mapped.spread?.blur}
                chosen={chosen}
                onChoose={choose}
                isDark={isDark}
              />
            )}
            <Legend mapped={mapped} chosen={chosen} choose={choose} />
          </>
        ) : (
          <Empty height={MAP_HEIGHT}>
            The map appears when all distances are measured: the engine trains a network for each task and
            compares what matters in them.
          </Empty>
        )}
      </Card>
    </div>
  );
}

/** The map of what was measured: over several seeds, once that is whole, else of one. */
function mappedOf(
  cells: readonly MatrixCell[],
  several: PageState['seeds'][keyof PageState['seeds']],
  kind: DistanceKind,
): Mapped | undefined {
  const seeds = several?.seeds ?? 1;
  const spread = several && overSeeds(several.cells, IDS, kind, seeds);
  const distances = spread?.mean ?? (cells.length === CELLS ? matrixOf(cells, kind) : undefined);
  if (!distances) return undefined;
  return { ...mapOf(distances, NAMES, kind), spread, seeds };
}

function mapOf(
  distances: readonly (readonly number[])[],
  names: readonly string[],
  kind: DistanceKind,
): Mapped {
  const placement = placeTasks(distances);
  return { kind, names, distances, closest: closestTasks(distances), placement, spread: undefined, seeds: 1 };
}

/** All distances, [source, target]. */
function matrixOf(cells: readonly MatrixCell[], kind: DistanceKind): number[][] {
  return IDS.map((source) =>
    IDS.map((target) => cells.find((cell) => cell.source === source && cell.target === target)?.[kind] ?? 0),
  );
}
