import type { Kernel } from '../../runtime/kernel';
import source from '../../shaders/copy.wgsl';
import { checkWords } from './dtype';
import { collapseAxes, type Shape, ShapeError } from './shape';
import type { Tensor } from './tensor';

/** One side of a strided copy: where the box starts and how far each of its axes steps, in elements. */
export interface Walk {
  readonly start: number;
  readonly strides: readonly number[];
}

const kernel: Kernel = { name: 'copy', source };
const MAX_OUTER_AXES = 8;

/** Copies a box of the given shape from `x` into `out`; elements of 32 bits of any type. */
export function copyBox(x: Tensor, from: Walk, out: Tensor, to: Walk, box: Shape): void {
  checkWords('copy', x, out);
  const axes = collapseAxes(box, [from.strides, to.strides]);
  const [last, ...outer] = axes.reverse();
  if (outer.length > MAX_OUTER_AXES) {
    throw new ShapeError(
      `copy: ${axes.length} axes that cannot be merged, at most ${MAX_OUTER_AXES + 1} are supported`,
    );
  }
  const rows = outer.reduce((product, { length }) => product * length, 1);
  const eight = (values: number[]) => [
    ...values,
    ...new Array<number>(MAX_OUTER_AXES - values.length).fill(0),
  ];
  x.gpu.runtime.dispatch({
    kernel,
    buffers: [out.buffer, x.buffer],
    uniforms: [
      ...[rows, last.length, from.start, to.start],
      ...[last.steps[0], last.steps[1], outer.length, 0],
      ...eight(outer.map(({ length }) => length)),
      ...eight(outer.map(({ steps }) => steps[0])),
      ...eight(outer.map(({ steps }) => steps[1])),
    ],
    groups: Math.ceil((rows * Math.ceil(last.length / 4)) / 64),
  });
}
