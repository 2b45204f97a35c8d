import { kernelFamily } from '../../../runtime/kernel-family';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant } from '../../../runtime/wgsl/write';
import source from '../../../shaders/conv2d_lines_weight.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { sizeOf } from '../../tensor/shape';
import { areShown } from '../../tensor/shown';
import type { Tensor } from '../../tensor/tensor';
import { forwardPass } from './geometry';
import type { WeightCall } from './lanes-weight';
import { areLines, importLines, LANES, readsQuads } from './lines';
import { addParts, samplesOfPart, splitTerms, summing } from './split';

/** Workgroups that a weight gradient is split into, where its weights make fewer. */
const WANTED_GROUPS = 32;
/** Output channels a workgroup: so many whole subgroups read the gradient. */
const HEIGHTS = [2 * LANES, LANES];

/**
 * Gradient of the weight by lines, or with `perSample` the sum over samples of the squares of each one's own; undefined where
 * they cannot do it.
 */
export function weightByLines(k: Kernels, call: WeightCall): Tensor | undefined {
  const { grad, x, geometry, shape, perSample } = call;
  const [outChannels, inputs, high, taps] = shape;
  const outputs = outChannels / geometry.groups;
  const { rows: down, columns } = forwardPass(shape, geometry, grad.shape);
  const [batch, , outHeight, width] = grad.shape;
  const [, inChannels, inHeight, inWidth] = x.shape;
  const rows = HEIGHTS.find((height) => height <= outputs);
  if (!rows || k.gpu.runtime.subgroupSize !== LANES) return undefined;
  if (down.step > 1 || !areLines(columns, inWidth, width)) return undefined;
  const pairTiles = Math.ceil((inputs * high) / LANES);
  const tiles = pairTiles * Math.ceil(outputs / rows) * geometry.groups;
  const longest = samplesOfPart(grad, x, shape, perSample);
  const { parts, length } = splitTerms(batch, tiles, WANTED_GROUPS, 1, longest);
  if (summing(perSample, outHeight * width * (perSample ? 1 : length)).long) return undefined;
  const flops = 2 * grad.size * sizeOf(shape.slice(1));
  const partial = k.empty([parts, ...shape]);
  k.run(kernelFor({ rows, taps, texels: areShown(flops, grad, x) }), {
    outputs: [partial],
    inputs: [grad, x],
    uniforms: {
      ...{ batch, quads: width / 4, in_height: inHeight, out_height: outHeight },
      ...{ in_channels: inChannels, out_channels: outChannels, inputs, outputs },
      ...{ tiles, pair_tiles: pairTiles, pad: down.pad, high, spread: down.spread },
      ...{ splits: parts, split_samples: length },
    },
    groups: tiles * parts,
    flops,
    constants: { PER_SAMPLE: Number(perSample) },
  });
  return addParts(k, partial, shape);
}

interface Form {
  readonly rows: number;
  readonly taps: number;
  /** Whether the gradient and the image are textures. */
  readonly texels: boolean;
}

const kernelFor = kernelFamily(({ rows, taps, texels }: Form) => ({
  name: `conv2d.linesWeight${rows}.${taps}`,
  source: fillRegions(source, {
    taps: importLines(taps),
    operands: [
      readsQuads(2, 'g', 'gradient_quad', texels),
      readsQuads(3, 'image', 'image_quad', texels),
      constant('ROWS', rows),
      constant('OWN', rows / LANES),
    ].join('\n'),
  }),
}));
