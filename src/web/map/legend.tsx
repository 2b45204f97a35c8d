import type { DistanceKind } from '../../report/distance-kind';
import type { Placement } from '../mds';
import { DISTANCES, distance, percent } from '../words';
import { taskColour } from './colours';
import './map.css';
import { squareWidth } from './scene';
import type { SeedDistances } from './seeds';

/** What the map shows. */
export interface Mapped {
  readonly kind: DistanceKind;
  readonly names: readonly string[];
  /** [source][target]. */
  readonly distances: readonly (readonly number[])[];
  /** For each task the one that is closest to it. */
  readonly closest: readonly number[];
  readonly placement: Placement;
  /** Where they were measured with networks of several seeds. */
  readonly spread: SeedDistances | undefined;
  readonly seeds: number;
}

/** Tasks to choose from, the chosen one's distances, and how the map is to be read. */
export function Legend({
  mapped,
  chosen,
  choose,
}: {
  mapped: Mapped;
  chosen: number | undefined;
  choose: (index: number | undefined) => void;
}) {
  const { names, distances, closest } = mapped;
  return (
    <div class="legend">
      <ul aria-label="Tasks">
        {names.map((name, i) => (
          <li key={name}>
            <button
              type="button"
              class="task"
              aria-pressed={chosen === i}
              onClick={() => choose(chosen === i ? undefined : i)}
            >
              <span class="dot" style={{ background: `var(${taskColour(i)})` }} />
              {name}
            </button>
          </li>
        ))}
      </ul>
      <p aria-live="polite">{spoken(mapped, chosen)}</p>
      <ul class="closest" aria-label="Closest tasks">
        {names.map((name, target) => (
          <li key={name}>
            Closest to {name}: <b>{names[closest[target]]}</b>, {distance(distances[closest[target]][target])}
          </li>
        ))}
      </ul>
      <p class="note">{reading(mapped)}</p>
    </div>
  );
}

function spoken({ kind, names, distances, spread }: Mapped, chosen: number | undefined): string {
  if (chosen === undefined) return 'Point at a task, or choose one here, for its distances.';
  const between = (of: readonly (readonly number[])[], i: number) => (of[chosen][i] + of[i][chosen]) / 2;
  const parts = names.flatMap((name, i) => {
    if (i === chosen) return [];
    const sd = spread ? ` ± ${distance(between(spread.sd, i))}` : '';
    return [`${distance(between(distances, i))}${sd} to ${name}`];
  });
  return `${DISTANCES[kind].name} of ${names[chosen]}: ${parts.join(', ')}.`;
}

/** Below it a distortion is 0.0 %. */
const LEAST_STRESS = 5e-4;

function reading({ kind, placement, spread, seeds }: Mapped): string {
  const { unit } = DISTANCES[kind];
  const { stress } = placement;
  const drawn =
    stress < LEAST_STRESS
      ? 'drawn without distortion'
      : `drawn with a distortion of ${percent(stress)} % (Kruskal’s stress)`;
  const sentences = [
    `The distances, means of both directions${spread ? ` over ${seeds} seeds` : ''}, are ${drawn}.`,
    `A square of the ground is ${distance(squareWidth(placement))} ${unit} wide.`,
    'A line leads from each task to the one whose network is closest on its images.',
    spread
      ? `A blob is as wide as its task’s distances vary over the seeds: its radius is their standard deviation. Networks of one task from other first weights are ${distance(spread.nullDistance)} ${unit} apart; a distance that is not above it says nothing.`
      : 'Measured with one network a task: several seeds tell how certain the places are.',
  ];
  return sentences.join(' ');
}
