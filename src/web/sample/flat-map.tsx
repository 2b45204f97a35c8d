import { taskColour } from '../map/colours';
import type { Placement } from '../mds';

const [WIDTH, HEIGHT, EDGE] = [640, 400, 70];

/** The task map as a plain drawing, for browsers without WebGPU: seen from above, by its two longest directions. */
export function FlatMap({ placement, names }: { placement: Placement; names: readonly string[] }) {
  const { points } = placement;
  const spread = (axis: 0 | 1) => Math.max(1e-9, ...points.map((point) => Math.abs(point[axis])));
  const scale = Math.min((WIDTH / 2 - EDGE) / spread(0), (HEIGHT / 2 - EDGE) / spread(1));
  return (
    <svg
      class="flat"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Map of ${names.length} tasks`}
    >
      {points.map(([x, y], i) => (
        <g key={names[i]} transform={`translate(${WIDTH / 2 + x * scale} ${HEIGHT / 2 - y * scale})`}>
          <circle r={11} style={{ fill: `var(${taskColour(i)})` }} />
          <text y={-18} text-anchor="middle">
            {names[i]}
          </text>
        </g>
      ))}
    </svg>
  );
}
