import type { backend_util, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from '../peer';
import type { PeerWeights } from './peer-weights';

/** Variance's share that batch norm adds, as ours. */
const EPSILON = 1e-5;

/** Layers in tfjs-core's ops, on images [N, H, W, C]; they are named as in our network. */
export class PeerLayers {
  constructor(
    readonly tf: Tf,
    private readonly weights: PeerWeights,
  ) {}

  /** Keeps the size, but for the stride. */
  conv(x: Tensor4D, name: string, stride = 1): Tensor4D {
    const { tf, weights } = this;
    const kernel = weights.conv(`${name}.weight`);
    const [down, right] = [0, 1].map((axis) => (kernel.shape[axis] - 1) / 2);
    // 'same' would pad strided images on one side more than on the other, unlike PyTorch.
    const pad: backend_util.ExplicitPadding = [
      [0, 0],
      [down, down],
      [right, right],
      [0, 0],
    ];
    const y = tf.conv2d(x, kernel, stride, pad);
    const bias = `${name}.bias`;
    return weights.has(bias) ? tf.add(y, weights.vector(bias)) : y;
  }

  /** Keeps the size. */
  depthwise(x: Tensor4D, name: string, dilation = 1): Tensor4D {
    const { tf, weights } = this;
    const kernel = weights.depthwise(`${name}.weight`);
    if (dilation === 1) return tf.depthwiseConv2d(x, kernel, 1, 'same');
    // tfjs has no gradient of a dilated convolution, but one of this old way to make it: pixels that see each other
    // become images of their own.
    const [, height, width] = x.shape;
    const reach = (dilation * (kernel.shape[0] - 1)) / 2;
    const side = (length: number) => [reach, reach + ((dilation - (length % dilation)) % dilation)];
    const pads = [side(height), side(width)];
    const apart = tf.spaceToBatchND(x, [dilation, dilation], pads);
    const crops = pads.map(([near, far]) => [0, far - near]);
    return tf.batchToSpaceND(
      tf.depthwiseConv2d(apart, kernel, 1, 'valid'),
      [dilation, dilation],
      crops,
    ) as Tensor4D;
  }

  /** By the batch's statistics; running ones are not kept, which is less work than ours does. */
  batchNorm(x: Tensor4D, name: string): Tensor4D {
    const { tf, weights } = this;
    const { mean, variance } = tf.moments(x, [0, 1, 2]) as { mean: Tensor1D; variance: Tensor1D };
    // Its gradient does not work without a scale and a shift.
    const part = (full: string, otherwise: number) =>
      weights.has(full) ? weights.vector(full) : weights.constant(otherwise, x.shape[3]);
    const [scale, shift] = [part(`${name}.weight`, 1), part(`${name}.bias`, 0)];
    return tf.batchNorm4d(x, mean, variance, shift, scale, EPSILON);
  }

  /** Images are flattened. */
  linear(x: Tensor2D | Tensor4D, name: string): Tensor2D {
    const { tf, weights } = this;
    const [height, width, channels] = x.shape.slice(1);
    const map = x.rank === 4 ? ([channels, height, width] as const) : undefined;
    const rows = tf.reshape(x, [x.shape[0], -1]) as Tensor2D;
    const product = tf.matMul(rows, weights.linear(`${name}.weight`, map));
    return tf.add(product, weights.vector(`${name}.bias`));
  }
}
