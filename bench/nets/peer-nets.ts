import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Genotype } from '../../src/nas/genotype';
import type { PeerLayers } from './peer-layers';

/** A network in tfjs: images [N, H, W, C] to logits. */
export type PeerNet = (layers: PeerLayers, x: Tensor4D) => Tensor2D;

const pooledConv = (layers: PeerLayers, x: Tensor4D, name: string): Tensor4D => {
  const { tf } = layers;
  return tf.maxPool(tf.relu(layers.conv(x, name)), 2, 2, 'valid');
};

/** As `smallCnn`. */
export const peerSmallCnn: PeerNet = (layers, x) =>
  layers.linear(pooledConv(layers, pooledConv(layers, x, '0'), '3'), '7');

/** As `smallCifarNet`. */
export const peerSmallCifarNet: PeerNet = (layers, x) => {
  const { tf } = layers;
  const features = pooledConv(layers, pooledConv(layers, x, 'encoder.0'), 'encoder.3');
  const wide = tf.relu(layers.linear(features, 'encoder.7'));
  return layers.linear(tf.relu(layers.linear(wide, 'encoder.9')), 'classifier');
};

/** As `resnet18`. */
export const peerResnet18: PeerNet = (layers, x) => {
  const { tf } = layers;
  const normed = (input: Tensor4D, conv: string, bn: string, stride = 1) =>
    layers.batchNorm(layers.conv(input, conv, stride), bn);
  const block = (input: Tensor4D, name: string, stride: number, isFirst: boolean): Tensor4D => {
    const hidden = tf.relu(normed(input, `${name}.conv1`, `${name}.bn1`, stride));
    const residual = normed(hidden, `${name}.conv2`, `${name}.bn2`);
    const way = `${name}.downsample`;
    const shortcut = isFirst && stride > 1 ? normed(input, `${way}.0`, `${way}.1`, stride) : input;
    return tf.relu(tf.add<Tensor4D>(residual, shortcut));
  };
  let features = tf.relu(normed(x, 'conv1', 'bn1'));
  for (const stage of [1, 2, 3, 4]) {
    features = block(features, `layer${stage}.0`, stage === 1 ? 1 : 2, true);
    features = block(features, `layer${stage}.1`, 1, false);
  }
  return layers.linear(tf.mean(features, [1, 2]) as Tensor2D, 'fc');
};

/** As `Mixture` of these cells, with equal shares. */
export const peerMixture =
  (genotypes: readonly Genotype[]): PeerNet =>
  (layers, x) => {
    const { tf } = layers;
    const share = 1 / genotypes.length;
    const logits = genotypes.map((genotype, k) => tf.mul(cell(layers, x, genotype, String(k)), share));
    return logits.reduce((sum, one) => tf.add(sum, one)) as Tensor2D;
  };

function cell(layers: PeerLayers, x: Tensor4D, { nodes, edges }: Genotype, name: string): Tensor2D {
  const { tf } = layers;
  const values = [x];
  const arriving = (node: number) =>
    values
      .slice(0, node)
      .map((value, from) => OPERATIONS[edges[`${from}${node}`]](layers, value, `${name}.${from}${node}`));
  for (let node = 1; node < nodes - 1; node++) {
    values.push(arriving(node).reduce((sum, one) => tf.add(sum, one)));
  }
  const features = tf.relu(tf.concat(arriving(nodes - 1), 3));
  return layers.linear(features, `${name}.classifier`);
}

type Operation = (layers: PeerLayers, x: Tensor4D, name: string) => Tensor4D;

/** ReLU, depthwise, pointwise, batch norm: the layers of a sequence from number `first` on. */
function separable(layers: PeerLayers, x: Tensor4D, name: string, first: number, dilation = 1): Tensor4D {
  const deep = layers.depthwise(layers.tf.relu(x), `${name}.${first + 1}`, dilation);
  return layers.batchNorm(layers.conv(deep, `${name}.${first + 2}`), `${name}.${first + 3}`);
}

const twice: Operation = (layers, x, name) => separable(layers, separable(layers, x, name, 0), name, 4);
const dilated: Operation = (layers, x, name) => separable(layers, x, name, 0, 2);

/** Those of the cells that are compared here. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  none: ({ tf }, x) => tf.zerosLike(x),
  avg_pool_3x3: ({ tf }, x) => tf.avgPool(x, 3, 1, 'same'),
  max_pool_3x3: ({ tf }, x) => tf.maxPool(x, 3, 1, 'same'),
  skip_connect: (_, x) => x,
  sep_conv_3x3: twice,
  sep_conv_5x5: twice,
  sep_conv_7x7: twice,
  dil_conv_3x3: dilated,
  dil_conv_5x5: dilated,
  conv_7x1_1x7: (layers, x, name) => {
    const wide = layers.conv(layers.tf.relu(x), `${name}.1`);
    return layers.batchNorm(layers.conv(wide, `${name}.2`), `${name}.3`);
  },
};
