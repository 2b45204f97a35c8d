import type { backend_util, Tensor4D, Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { nodeOf } from '../../src/autograd/tape';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import type { Gpu } from '../../src/tensor/gpu';
import type { Suite } from '../bench';
import { type Case, runCases } from '../case';
import type { Contestant } from '../contest';
import { noise, permute, permutedShape, sizeOf } from '../data';
import { HWIO_TO_OIHW, NCHW_TO_NHWC, NHWC_TO_NCHW, OIHW_TO_HWIO, OIHW_TO_HWOI } from '../layout';
import { ourContestant } from '../ours';
import type { Peer, Tf } from '../peer';

const DIRECTIONS = ['forward', 'input gradient', 'weight gradient'] as const;
export type Direction = (typeof DIRECTIONS)[number];
const LEAST_RATIO: Record<Direction, number> = { forward: 4, 'input gradient': 4, 'weight gradient': 10 };

/** Images are kept in size, but for the stride. */
export interface Form {
  readonly batch: number;
  readonly from: number;
  readonly to: number;
  /** Height and width of the images. */
  readonly size: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride?: number;
  readonly dilation?: number;
  readonly depthwise?: boolean;
}

const depthwise = (k: number): Form => ({
  batch: 64,
  from: 32,
  to: 32,
  size: 28,
  kernel: [k, k],
  depthwise: true,
});

const FORMS: readonly Form[] = [
  { batch: 32, from: 64, to: 64, size: 14, kernel: [1, 1] },
  { batch: 32, from: 32, to: 32, size: 28, kernel: [3, 3] },
  { batch: 64, from: 16, to: 32, size: 28, kernel: [5, 5] },
  { batch: 32, from: 32, to: 64, size: 28, kernel: [3, 3], stride: 2 },
  { batch: 32, from: 32, to: 32, size: 28, kernel: [3, 3], dilation: 2 },
  ...[3, 5, 7].map(depthwise),
  { batch: 32, from: 32, to: 32, size: 28, kernel: [7, 1] },
];

/** A form with everything that follows from it. */
function complete({ batch, from, to, size, kernel, stride = 1, dilation = 1, depthwise = false }: Form) {
  const padding = kernel.map((k) => (dilation * (k - 1)) / 2);
  const [height, width] = kernel.map(
    (k, i) => Math.floor((size + 2 * padding[i] - dilation * (k - 1) - 1) / stride) + 1,
  );
  const shapes = {
    x: [batch, from, size, size],
    weight: [to, depthwise ? 1 : from, ...kernel],
    y: [batch, to, height, width],
  };
  return { stride, dilation, depthwise, padding, shapes, groups: depthwise ? from : 1 };
}

type Complete = ReturnType<typeof complete>;

function describe({ batch, from, to, size, kernel, stride, dilation, depthwise }: Form): string {
  const marks = [
    depthwise && 'depthwise',
    stride && `stride ${stride}`,
    dilation && `dilation ${dilation}`,
  ].filter(Boolean);
  const channels = depthwise ? `${from}` : `${from}→${to}`;
  return [`${kernel.join('×')} ${marks.join(' ')}`.trim(), channels, `${size}²`, `batch ${batch}`].join(', ');
}

/** The kernels that tfjs has for a direction, on values in its layout. */
function peerRun(tf: Tf, form: Complete, direction: Direction, x: TfTensor, w: TfTensor, dy: TfTensor) {
  const { stride, dilation, depthwise, padding } = form;
  const pad: backend_util.ExplicitPadding = [
    [0, 0],
    [padding[0], padding[0]],
    [padding[1], padding[1]],
    [0, 0],
  ];
  const [x4, w4] = [x as Tensor4D, w as Tensor4D];
  const strides: [number, number] = [stride, stride];
  const dilations: [number, number] = [dilation, dilation];
  if (direction === 'forward') {
    return () =>
      depthwise
        ? tf.depthwiseConv2d(x4, w4, strides, pad, 'NHWC', dilations)
        : tf.conv2d(x4, w4, strides, pad, 'NHWC', dilations);
  }
  const family = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
  const common = { strides, dilations, pad, dataFormat: 'NHWC' };
  const [name, inputs, attributes] =
    direction === 'input gradient'
      ? [`${family}BackpropInput`, { dy, filter: w }, { ...common, inputShape: x4.shape }]
      : [`${family}BackpropFilter`, { x, dy }, { ...common, filterShape: w4.shape }];
  return () => tf.engine().runKernel(name, inputs, attributes) as TfTensor;
}

function openPeer(form: Complete, direction: Direction, data: Data, peer: Peer): Contestant | string {
  const { tf, name } = peer;
  const { depthwise, dilation, shapes } = form;
  if (direction !== 'forward') {
    if (dilation > 1) return 'tfjs has no gradients of dilated convolutions';
    if (name === 'tfjs-wasm' && (depthwise || direction === 'weight gradient'))
      return 'tfjs-wasm has no such kernel';
  }
  const upload = (values: Float32Array, shape: number[], axes: readonly number[]) =>
    tf.tensor(permute(values, shape, axes), permutedShape(shape, axes));
  const x = upload(data.x, shapes.x, NCHW_TO_NHWC);
  const w = upload(data.weight, shapes.weight, depthwise ? OIHW_TO_HWOI : OIHW_TO_HWIO);
  const dy = upload(data.dy, shapes.y, NCHW_TO_NHWC);
  const isWeight = direction === 'weight gradient';
  const like = { forward: dy, 'input gradient': x, 'weight gradient': w }[direction];
  const back = isWeight ? (depthwise ? OIHW_TO_HWOI : HWIO_TO_OIHW) : NHWC_TO_NCHW;
  return peer.contestant({
    run: peerRun(tf, form, direction, x, w, dy),
    toOurs: (values) => permute(values, like.shape, back),
    held: [x, w, dy],
  });
}

interface Data {
  readonly x: Float32Array<ArrayBuffer>;
  readonly weight: Float32Array<ArrayBuffer>;
  readonly dy: Float32Array<ArrayBuffer>;
}

const dataOf = ({ shapes }: Complete): Data => ({
  x: noise(sizeOf(shapes.x), 1),
  weight: noise(sizeOf(shapes.weight), 2),
  dy: noise(sizeOf(shapes.y), 3),
});

function open(form: Complete, direction: Direction, gpu: Gpu) {
  const { shapes, stride, padding, dilation, groups } = form;
  const data = dataOf(form);
  const x = gpu.tensor(data.x, shapes.x, { requiresGrad: true });
  const weight = gpu.tensor(data.weight, shapes.weight, { requiresGrad: true });
  const dy = gpu.tensor(data.dy, shapes.y);
  const forward = () => conv2d(x, weight, { stride, padding: [padding[0], padding[1]], dilation, groups });
  const y = forward();
  const gradientOf = direction === 'input gradient' ? 0 : 1;
  const run = () => {
    if (direction === 'forward') return forward();
    const needs = [gradientOf === 0, gradientOf === 1, false];
    const grad = nodeOf(y)?.backward(dy, needs)[gradientOf];
    if (!grad) throw new Error('conv2d: no gradient came back');
    return grad;
  };
  return {
    ours: ourContestant(gpu, run, [x, weight, dy, y]),
    peer: (peer: Peer) => openPeer(form, direction, data, peer),
  };
}

/** A form in a direction, and its values. */
export function convCase(form: Form, direction: Direction) {
  const whole = complete(form);
  const { x, weight, y } = whole.shapes;
  const one: Case = {
    work: `conv2d, ${direction}`,
    shape: describe(form),
    flops: 2 * sizeOf(y) * sizeOf(weight.slice(1)),
    bytes: 4 * (sizeOf(x) + sizeOf(weight) + sizeOf(y)),
    target: { of: 'ratio', atLeast: LEAST_RATIO[direction] },
    open: (gpu) => open(whole, direction, gpu),
  };
  return { one, data: () => dataOf(whole), shapes: whole.shapes, padding: whole.padding };
}

const cases = FORMS.flatMap((form) => DIRECTIONS.map((direction) => convCase(form, direction).one));

/** Convolutions of all kinds that our networks have, each in its own engine's layout. */
export const conv2dSuite: Suite = { name: 'conv2d', rows: (bench) => runCases(bench, cases) };
