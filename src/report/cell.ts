import { cellEdges } from '../nas/edges';
import type { Genotype } from '../nas/genotype';
import type { Effect } from '../nas/operations/operation';
import { FIXED_FONT, heading, INK, MUTED, renderSvg } from './chart';
import { FONT } from './font';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** How an edge is drawn: angles in degrees at which it leaves and enters, and the height of its middle. */
interface Route {
  readonly leave: number;
  readonly enter: number;
  readonly lift: number;
}

const RADIUS = 17;
/** Between the middles of two nodes. It grows with the pills, which the longest name makes wider. */
const GAP = 168;
const LEFT = 40;
const RIGHT = 114;
const ARROW = 9;
const CONCAT = 'concat';
const PILL = { width: 100, height: 24 };
/** Of a letter in a pill, and of the room on both sides of the name. */
const LETTER = 7.3;
const PILL_ENDS = 12;
const NAME_FONT = `12px ${FIXED_FONT}`;
const CAPTION_FONT = `13px ${FONT}`;

/**
 * Edges between neighbours go straight. Longer ones arch over or under, so that no two edges or labels meet.
 */
const STRAIGHT: Route = { leave: 0, enter: 0, lift: 0 };
const ROUTES: Readonly<Record<string, Route>> = {
  '02': { leave: 48, enter: -48, lift: 74 },
  '03': { leave: 90, enter: -90, lift: 132 },
  '13': { leave: -48, enter: 48, lift: -74 },
};

const INKS: Readonly<Record<Effect, string>> = {
  nothing: '#8a949e',
  identity: '#00704f',
  fixed: '#a84800',
  learned: '#005a94',
};

function toward(from: Point, degrees: number, distance: number): Point {
  const angle = (degrees * Math.PI) / 180;
  return { x: from.x + distance * Math.cos(angle), y: from.y - distance * Math.sin(angle) };
}

function arrowHead(tip: Point, degrees: number, fill: string) {
  const corners = [tip, toward(tip, degrees + 157, ARROW + 3), toward(tip, degrees - 157, ARROW + 3)];
  return { type: 'polygon', shape: { points: corners.map(({ x, y }) => [x, y]) }, style: { fill } };
}

function text(at: Point, content: string, fill: string, font: string) {
  return {
    type: 'text',
    x: at.x,
    y: at.y,
    style: { text: content, fill, font, align: 'center', verticalAlign: 'middle' },
  };
}

interface Label {
  readonly operation: string;
  readonly effect: Effect;
  /** Of the pill around the name. */
  readonly width: number;
}

function edge(from: Point, to: Point, { leave, enter, lift }: Route, { operation, effect, width }: Label) {
  const ink = INKS[effect];
  const start = toward(from, leave, RADIUS);
  const tip = toward(to, 180 + enter, RADIUS + 2);
  const end = toward(tip, 180 + enter, ARROW);
  // The middle of a cubic lies a quarter at its ends and three quarters at its control points.
  const height = (from.y - lift - (start.y + end.y) / 8) / 0.75;
  const shoulder = (at: Point, degrees: number, reach: number): Point =>
    lift === 0
      ? at
      : { x: at.x + (reach * (at.y - height)) / Math.tan((degrees * Math.PI) / 180), y: height };
  const first = shoulder(start, leave, 1);
  const second = shoulder(end, enter, 1);
  const middle = {
    x: (start.x + end.x) / 8 + (3 * (first.x + second.x)) / 8,
    y: from.y - lift,
  };
  return [
    {
      type: 'bezierCurve',
      shape: {
        x1: start.x,
        y1: start.y,
        cpx1: first.x,
        cpy1: first.y,
        cpx2: second.x,
        cpy2: second.y,
        x2: end.x,
        y2: end.y,
      },
      style: { stroke: ink, lineWidth: 2, fill: null, lineDash: effect === 'nothing' ? [5, 4] : null },
    },
    arrowHead(tip, enter, ink),
    {
      type: 'rect',
      shape: {
        x: middle.x - width / 2,
        y: middle.y - PILL.height / 2,
        width,
        height: PILL.height,
        r: PILL.height / 2,
      },
      style: { fill: '#ffffff', stroke: ink, lineWidth: 1.5 },
    },
    text(middle, operation, ink, NAME_FONT),
  ];
}

function node(at: Point, index: number, caption: string) {
  return [
    {
      type: 'circle',
      shape: { cx: at.x, cy: at.y, r: RADIUS },
      style: { fill: '#eef2f5', stroke: INK, lineWidth: 2 },
    },
    text(at, String(index), INK, `bold ${CAPTION_FONT}`),
    text({ x: at.x + captionShift(caption), y: at.y + RADIUS + 14 }, caption, MUTED, CAPTION_FONT),
  ];
}

/** The last node's caption stands aside: an arrow comes in from below on the left. */
function captionShift(caption: string): number {
  return caption === CONCAT ? 24 : 0;
}

function nodeCaption(index: number, nodes: number): string {
  if (index === 0) return 'input';
  if (index === nodes - 1) return CONCAT;
  return index === 1 ? '' : 'sum';
}

/**
 * A cell as SVG: nodes left to right, every edge an arrow that carries its operation's name.
 * @param effectOf what an operation does, which its colour tells
 */
export function cellSvg(
  { nodes, edges, channels, hash }: Genotype,
  effectOf: (operation: string) => Effect,
  title = 'Cell',
): string {
  const routes = nodes === 3 ? { ...ROUTES, '02': { leave: 60, enter: -60, lift: 74 } } : ROUTES;
  const top = nodes === 3 ? 152 : 214;
  const longest = Math.max(...Object.values(edges).map((name) => name.length));
  const pillWidth = Math.max(PILL.width, longest * LETTER + PILL_ENDS);
  const gap = GAP + pillWidth - PILL.width;
  const at = (index: number): Point => ({ x: LEFT + index * gap, y: top });
  const output = at(nodes - 1);
  const end = { x: output.x + RADIUS + 34, y: top };
  const drawn = cellEdges(nodes).flatMap((name) => {
    const [from, to] = [Number(name[0]), Number(name[1])];
    const operation = edges[name];
    const label = { operation, effect: effectOf(operation), width: pillWidth };
    return edge(at(from), at(to), routes[name] ?? STRAIGHT, label);
  });
  const circles = Array.from({ length: nodes }, (_, index) =>
    node(at(index), index, nodeCaption(index, nodes)),
  ).flat();
  const exit = [
    {
      type: 'line',
      shape: { x1: output.x + RADIUS, y1: top, x2: end.x - ARROW, y2: top },
      style: { stroke: INK, lineWidth: 2 },
    },
    arrowHead(end, 0, INK),
    text({ x: end.x + 28, y: top }, 'output', MUTED, CAPTION_FONT),
  ];
  const spoken = cellEdges(nodes)
    .map((name) => `${name[0]} to ${name[1]} ${edges[name]}`)
    .join(', ');
  return renderSvg(
    {
      title: { ...heading(title), subtext: `${channels} channels, genotype ${hash}` },
      graphic: [...drawn, ...circles, ...exit].map((element) => ({ ...element, silent: true })),
    },
    {
      width: LEFT + (nodes - 1) * gap + RIGHT,
      height: nodes === 3 ? top + 54 : top + 104,
      label: `${title}: genotype ${hash} with ${nodes} nodes: ${spoken}`,
    },
  );
}
