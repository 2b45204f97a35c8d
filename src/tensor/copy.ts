import { kernelFamily } from '../../runtime/kernel-family';
import { fillRegions } from '../../runtime/wgsl/regions';
import { LANES_OF_VEC4, range } from '../../runtime/wgsl/write';
import source from '../../shaders/copy.wgsl';
import { checkWords } from './dtype';
import { collapseAxes, type Shape, ShapeError, sizeOf, type WalkAxis } from './shape';
import type { Tensor } from './tensor';
import { MAX_WALK_AXES, walkWords } from './walk';

/** One side of a strided copy: where the box starts and how far each of its axes steps, in elements. */
export interface Walk {
  readonly start: number;
  readonly strides: readonly number[];
}

interface Form {
  readonly quads: boolean;
  /** Axes besides the last. */
  readonly outer: number;
}

const kernelFor = kernelFamily(({ quads, outer }: Form) => ({
  name: quads ? 'copy.quads' : 'copy',
  source: fillRegions(source, {
    ...(quads && { element: 'alias Element = vec4<u32>;' }),
    axes: range(outer)
      .map((axis) => walkAxis(axis, axis === outer - 1))
      .join('\n'),
  }),
}));

/** WGSL that takes the index along an axis off what is left of a row's number. */
function walkAxis(axis: number, isLast: boolean): string {
  const of = (name: string) => `params.${name}[${Math.floor(axis / 4)}].${LANES_OF_VEC4[axis % 4]}`;
  return [
    isLast ? `let i${axis} = rest;` : `let i${axis} = rest % ${of('lengths')};`,
    isLast ? '' : `rest /= ${of('lengths')};`,
    `from_row += i${axis} * ${of('from_steps')};`,
    `to_row += i${axis} * ${of('to_steps')};`,
  ].join('\n');
}

/** A step back is one that wraps around the words of the shader. */
const asWord = (step: number): number => step >>> 0;

/** Copies a box of the given shape from `x` into `out`; elements of 32 bits of any type. */
export function copyBox(x: Tensor, from: Walk, out: Tensor, to: Walk, box: Shape): void {
  checkWords('copy', x, out);
  const walk = inQuads(collapseAxes(box, [from.strides, to.strides]), from.start, to.start);
  const { axes, starts } = walk;
  const [last, ...outer] = axes.reverse();
  if (outer.length > MAX_WALK_AXES) {
    throw new ShapeError(
      `copy: ${axes.length} axes that cannot be merged, at most ${MAX_WALK_AXES + 1} are supported`,
    );
  }
  const rows = outer.reduce((product, { length }) => product * length, 1);
  x.gpu.kernels.run(kernelFor({ quads: walk.quads, outer: outer.length }), {
    outputs: [out],
    inputs: [x],
    uniforms: {
      rows,
      last: last.length,
      from_start: starts[0],
      to_start: starts[1],
      from_last: asWord(last.steps[0]),
      to_last: asWord(last.steps[1]),
      lengths: walkWords(outer.map(({ length }) => length)),
      from_steps: walkWords(outer.map(({ steps }) => asWord(steps[0]))),
      to_steps: walkWords(outer.map(({ steps }) => asWord(steps[1]))),
    },
    groups: Math.ceil((rows * Math.ceil(last.length / 4)) / 64),
    bytes: 8 * sizeOf(box),
  });
}

/** The same walk over groups of four elements, where the last axis consists of such on both sides. */
function inQuads(axes: readonly WalkAxis[], ...starts: number[]) {
  const last = axes[axes.length - 1];
  const outer = axes.slice(0, -1);
  const whole = [last.length, ...starts, ...outer.flatMap(({ steps }) => steps)].every((n) => n % 4 === 0);
  if (!whole || last.steps.some((step) => step !== 1)) return { quads: false, axes: [...axes], starts };
  const quarter = (numbers: readonly number[]) => numbers.map((n) => n / 4);
  const shorter = outer.map(({ length, steps }) => ({ length, steps: quarter(steps) }));
  return { quads: true, axes: [...shorter, { ...last, length: last.length / 4 }], starts: quarter(starts) };
}
