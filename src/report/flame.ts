import { type HierarchyRectangularNode, hierarchy, partition } from 'd3-hierarchy';
import type { KernelCalls, Profile } from '../../runtime/profile';
import { CARD, INK, MUTED } from './chart';
import { FONT } from './font';
import { html, type Markup } from './markup';

interface Frame {
  readonly name: string;
  /** GPU seconds of a leaf. */
  readonly seconds: number;
  readonly children: Map<string, Frame>;
}

const WIDTH = 1200;
const ROW = 24;
const TOP = 44;
const NARROWEST = 0.4;
const LETTER = 6.6;
const PADDING = 5;
const COLOURS: Readonly<Record<string, string>> = {
  forward: '#cfe4f5',
  backward: '#fbdcc4',
  fisher: '#cdeee0',
  optimiser: '#f3dcea',
  data: '#fbeec5',
  other: '#e4e8ec',
};

/** GPU time as a flame graph: phase, layer, op and kernel, each as wide as its time; hovering shows the figures. */
export function flameGraph(profile: Pick<Profile, 'kernels' | 'gpuSeconds' | 'adapter'>): string {
  const root = partition<Frame>().size([WIDTH, 0])(
    hierarchy(frames(profile.kernels), ({ children }) => [...children.values()])
      .sum(({ seconds }) => seconds)
      .sort((a, b) => (b.value ?? 0) - (a.value ?? 0)),
  );
  const height = TOP + (root.height + 1) * ROW + 8;
  const seconds = profile.gpuSeconds;
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="${FONT}" font-size="12" role="img" aria-label="Flame graph of GPU time">
<rect width="${WIDTH}" height="${height}" fill="${CARD}"/>
<text x="${PADDING}" y="18" font-size="15" font-weight="600" fill="${INK}">GPU time: phase, layer, op, kernel</text>
<text x="${PADDING}" y="35" fill="${MUTED}">${(seconds * 1e3).toFixed(1)} ms on ${profile.adapter.description}</text>
${root
  .descendants()
  .filter(({ x0, x1 }) => x1 - x0 >= NARROWEST)
  .map((node) => rectangle(node, seconds))}
</svg>`.text;
}

function frames(kernels: readonly KernelCalls[]): Frame {
  const root: Frame = { name: 'all', seconds: 0, children: new Map() };
  for (const { phase, layer, op, kernel, variant, seconds } of kernels) {
    const path = [phase, ...(layer ? [layer] : []), ...(op ? [op] : [])];
    let at = root;
    for (const name of path) at = child(at, name);
    const leaf = variant ? `${kernel} (${variant})` : kernel;
    at.children.set(leaf, {
      name: leaf,
      seconds: (at.children.get(leaf)?.seconds ?? 0) + seconds,
      children: new Map(),
    });
  }
  return root;
}

function child(frame: Frame, name: string): Frame {
  const known = frame.children.get(name) ?? { name, seconds: 0, children: new Map() };
  frame.children.set(name, known);
  return known;
}

function rectangle(node: HierarchyRectangularNode<Frame>, total: number): Markup {
  const { x0, x1, depth, data, value = 0 } = node;
  const phase = node.ancestors().at(-2)?.data.name ?? 'other';
  const letters = Math.floor((x1 - x0 - 2 * PADDING) / LETTER);
  const label = data.name.length > letters ? `${data.name.slice(0, Math.max(0, letters - 1))}…` : data.name;
  const y = TOP + depth * ROW;
  const share = total > 0 ? (100 * value) / total : 0;
  return html`<g><title>${data.name}: ${(value * 1e3).toFixed(3)} ms, ${share.toFixed(1)} %</title>
<rect x="${x0.toFixed(2)}" y="${y}" width="${(x1 - x0).toFixed(2)}" height="${ROW - 1}" rx="2" fill="${COLOURS[phase] ?? COLOURS.other}" stroke="${CARD}"/>
${letters > 1 && html`<text x="${(x0 + PADDING).toFixed(2)}" y="${y + 16}" fill="${INK}">${label}</text>`}</g>
`;
}
