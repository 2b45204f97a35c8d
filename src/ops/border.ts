import type { Kernel } from '../../runtime/kernel';
import { knowSnippets } from '../../runtime/wgsl/imports';
import forwardSource from '../../shaders/pad_border.wgsl';
import backwardSource from '../../shaders/pad_border_backward.wgsl';
import border from '../../shaders/snippets/border.wgsl';
import { computedAs } from '../tensor/dtype';
import type { Kernels } from '../tensor/kernels';
import { sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';

knowSnippets({ border });

/** What a border is made of: x mirrored at its first and last element, these repeated, or x around again. */
export type Border = 'reflect' | 'replicate' | 'circular';

/** MODE of the shaders. */
const MODES: Readonly<Record<Border, number>> = { reflect: 0, replicate: 1, circular: 2 };
const forwardKernel: Kernel = { name: 'pad.border', source: forwardSource };
const backwardKernel: Kernel = { name: 'pad.border.backward', source: backwardSource };

/** Elements put before the first along an axis and after the last; less than none are left out. */
export interface AxisPad {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

/** x with a border along one axis. */
function withBorder(k: Kernels, x: Tensor, { axis, before, after }: AxisPad, border: Border): Tensor {
  const length = x.shape[axis];
  const padded = before + length + after;
  const out = k.empty(x.shape.with(axis, padded), computedAs(x.dtype));
  k.run(forwardKernel, {
    outputs: [out],
    inputs: [x],
    uniforms: { count: out.size, length, padded, inner: sizeOf(x.shape.slice(axis + 1)), before },
    groups: Math.ceil(out.size / 64),
    constants: { MODE: MODES[border] },
  });
  return out;
}

/** Adds what stands in a border along one axis to where it came from. */
function withoutBorder(k: Kernels, g: Tensor, { axis, before, after }: AxisPad, border: Border): Tensor {
  const padded = g.shape[axis];
  const length = padded - before - after;
  const dx = k.empty(g.shape.with(axis, length));
  k.run(backwardKernel, {
    outputs: [dx],
    inputs: [g],
    uniforms: { count: dx.size, length, padded, inner: sizeOf(g.shape.slice(axis + 1)), before },
    groups: Math.ceil(dx.size / 64),
    constants: { MODE: MODES[border] },
  });
  return dx;
}

function eachAxis(x: Tensor, pads: readonly AxisPad[], one: (x: Tensor, pad: AxisPad) => Tensor): Tensor {
  let result = x;
  for (const pad of pads) {
    const next = one(result, pad);
    if (result !== x) result.dispose();
    result = next;
  }
  return result === x ? x.alias(x.shape) : result;
}

/** x with a border along several axes, one after the other, so that corners come from both. */
export function addBorders(k: Kernels, x: Tensor, pads: readonly AxisPad[], border: Border): Tensor {
  if (x.dtype === 'f16') {
    using wide = k.cast(x, 'f32');
    return addBorders(k, wide, pads, border);
  }
  return eachAxis(x, pads, (x, pad) => withBorder(k, x, pad, border));
}

/** The gradient of `addBorders`. */
export const foldBorders = (k: Kernels, g: Tensor, pads: readonly AxisPad[], border: Border): Tensor =>
  eachAxis(g, pads.toReversed(), (g, pad) => withoutBorder(k, g, pad, border));
