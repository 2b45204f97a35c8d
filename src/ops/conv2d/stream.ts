import { kernelFamily } from '../../../runtime/kernel-family';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant, f32Element, range, storage, texture } from '../../../runtime/wgsl/write';
import source from '../../../shaders/conv2d_stream.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { type Shape, sizeOf } from '../../tensor/shape';
import { areShown } from '../../tensor/shown';
import type { Tensor } from '../../tensor/tensor';
import type { Epilogue } from '../matmul/epilogue';
import { epilogueConstants } from './epilogue';
import {
  type Form,
  isRagged,
  outputsFor,
  type Plane,
  readRow,
  sparesOn,
  tapsOf,
  withoutPad,
} from './stream-plane';

/** Rows of a stripe: tall ones read less twice, short ones make more threads. */
const STRIPE = { software: 32, gpu: 8 };

/** Also how many input channels a thread takes. */
interface CorrelateForm extends Form {
  readonly inputs: number;
}

const kernelFor = kernelFamily((form: CorrelateForm) => ({
  name: `conv2d.stream.${tapsOf(form)}`,
  source: correlateSourceFor(form),
}));

function correlateSourceFor(form: CorrelateForm): string {
  const { plane, outputs, inputs, texels, ragged } = form;
  const { high, wide, spread } = plane;
  const reach = spread * (high - 1);
  const each = range(outputs);
  const taps = range(high).flatMap((i) => range(wide).map((j) => ({ i, j })));
  const row = range(inputs).flatMap((c) => [
    `{ let line = in_line + ${c}u * params.in_height + u32(row);`,
    ...readRow(form),
    ...each.flatMap((o) =>
      taps.map(({ i, j }) => {
        const slot = `a${o}_${reach - i * spread}`;
        return `${slot} = fma(vec4<f32>(w${o}_${c}_${i}_${j}), p${j}, ${slot});`;
      }),
    ),
    '}',
  ]);
  return fillRegions(source, {
    size: [
      storage(1, 'read_write', 'out', f32Element(!ragged)),
      texels ? texture(2, 'image') : storage(2, 'read', 'image', f32Element(!ragged)),
      constant('OUTPUTS', outputs),
      constant('INPUTS', inputs),
      constant('REACH', reach),
    ].join('\n'),
    weights: each
      .flatMap((o) =>
        range(inputs).flatMap((c) =>
          taps.map(({ i, j }) => `let w${o}_${c}_${i}_${j} = weight_of(weights, ${o}, ${c}, ${i}, ${j});`),
        ),
      )
      .join('\n'),
    slots: each.flatMap((o) => range(reach + 1).map((slot) => `var a${o}_${slot} = vec4<f32>();`)).join('\n'),
    row: row.join('\n'),
    store: each
      .map((o) => storeQuad(form, `out_line + ${o}u * params.out_height`, `finished(a${o}_0, o0 + ${o}u)`))
      .join('\n'),
    shift: each
      .flatMap((o) => [
        ...range(reach).map((slot) => `a${o}_${slot} = a${o}_${slot + 1};`),
        `a${o}_${reach} = vec4<f32>();`,
      ])
      .join('\n'),
  });
}

/** WGSL that writes four columns of a line, or those of them that there are. */
const storeQuad = ({ ragged }: Form, line: string, four: string): string =>
  ragged
    ? `{ let four = ${four}; let to = (${line}) * params.in_width + 4u * q;
for (var i = 0u; i < min(4u, params.in_width - 4u * q); i++) { out[to + i] = four[i]; } }`
    : `out[(${line}) * params.quads + q] = ${four};`;

export interface Stream extends Epilogue {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly groups: number;
  readonly plane: Plane;
  /** Shape of the result. */
  readonly shape: Shape;
  /** Reads the weights as the input gradient does: taps last first, output and input channels exchanged. */
  readonly backwards: boolean;
}

/** Convolution, or with `backwards` its input gradient from that of the output, by the streaming kernel. */
export function stream(k: Kernels, call: Stream): Tensor {
  const { x, weight, bias, groups, plane, shape, backwards } = call;
  const out = k.empty(shape);
  const [batch, outChannels, outHeight, width] = shape;
  const [, inChannels, inHeight] = x.shape;
  const [groupOutputs, inputs] = [outChannels / groups, inChannels / groups];
  const taps = plane.high * plane.wide;
  const outputs = outputsFor(groupOutputs, inputs * taps);
  const tall = Math.min(outHeight, STRIPE[k.gpu.adapter.software ? 'software' : 'gpu']);
  const stripes = Math.ceil(outHeight / tall);
  const tiles = outChannels / outputs;
  const quads = Math.ceil(width / 4);
  const ragged = isRagged(width);
  const filter = sizeOf(weight.shape.slice(1));
  const flops = 2 * out.size * inputs * taps;
  const texels = !ragged && areShown(flops, x);
  k.run(kernelFor({ plane: withoutPad(plane), outputs, inputs, spares: sparesOn(k), texels, ragged }), {
    outputs: [out],
    inputs: [x, weight, bias ?? weight],
    uniforms: {
      batch,
      quads,
      in_width: width,
      in_height: inHeight,
      out_height: outHeight,
      stripes,
      tall,
      tiles,
      tiles_per_group: groupOutputs / outputs,
      in_channels: inChannels,
      out_channels: outChannels,
      weight_group: weight.size / groups,
      weight_first: backwards ? taps - 1 : 0,
      weight_output: backwards ? taps : filter,
      weight_input: backwards ? filter : taps,
      weight_row: backwards ? -plane.wide : plane.wide,
      weight_column: backwards ? -1 : 1,
      pad: plane.pad,
    },
    groups: Math.ceil((quads * stripes * tiles * batch) / 32),
    flops,
    constants: epilogueConstants(call),
  });
  return out;
}
