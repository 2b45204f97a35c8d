import type { Gpu } from '../tensor/gpu';
import { aNumber, checkAll, checkArgument, numbers, oneOf } from '../tensor/guard';
import { aGpu, singles } from '../tensor/guard-tensor';
import type { Shape } from '../tensor/shape';
import { formatShape, ShapeError, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';

/**
 * How many inputs reach one output of a weight [out, in, ...kernel], and how many outputs one input.
 * @throws ShapeError on fewer than two axes
 * @example
 * ```ts
 * nn.init.fans([8, 3, 5, 5]); // → { fanIn: 75, fanOut: 200 }
 * ```
 */
export function fans(shape: Shape): { fanIn: number; fanOut: number } {
  checkArgument('init', 'shape', shape, numbers);
  if (shape.length < 2) {
    throw new ShapeError(
      `init: a weight of shape ${formatShape(shape)} has no fans, expected [out, in, ...]`,
    );
  }
  const [outputs, inputs, ...kernel] = shape;
  return { fanIn: inputs * sizeOf(kernel), fanOut: outputs * sizeOf(kernel) };
}

/**
 * Fills a tensor with draws, uniform over [−bound, bound), from the GPU's generator (see gpu.manualSeed).
 * @example
 * ```ts
 * const weight = nn.init.uniform(gpu.empty([64, 32]), 0.1); // each element in [−0.1, 0.1)
 * ```
 */
export function uniform(target: Tensor, bound: number): Tensor {
  checkAll('init.uniform', { target: [target, singles], bound: [bound, aNumber] });
  return target.gpu.scope(() => {
    const u = target.gpu.rand(target.shape);
    return target.gpu.kernels.elementwise(
      '(2.0 * u - 1.0) * bound',
      { u },
      { scalars: { bound }, into: target },
    );
  });
}

/**
 * Fills a tensor with normal draws of mean 0, from the GPU's generator (see gpu.manualSeed).
 * @example
 * ```ts
 * const weight = nn.init.normal(gpu.empty([64, 32]), 0.02);
 * ```
 */
export function normal(target: Tensor, deviation: number): Tensor {
  checkAll('init.normal', { target: [target, singles], deviation: [deviation, aNumber] });
  return target.gpu.scope(() => {
    const n = target.gpu.randn(target.shape);
    return target.gpu.kernels.elementwise('n * deviation', { n }, { scalars: { deviation }, into: target });
  });
}

/**
 * Fills a tensor with 0.
 * @example
 * ```ts
 * nn.init.zeros(gpu.ones([3])); // → [0, 0, 0]
 * ```
 */
export function zeros(target: Tensor): Tensor {
  checkAll('init.zeros', { target: [target, singles] });
  return target.gpu.kernels.fill(target, 0);
}

/**
 * Kaiming-uniform (He et al. 2015): bound = gain · √(3 / fanIn). The default gain is that of PyTorch's layers, a = √5.
 * @example
 * ```ts
 * const layer = new nn.Linear(gpu, 32, 64);
 * nn.init.kaimingUniform(layer.weight, Math.SQRT2); // for a ReLU behind it
 * ```
 */
export function kaimingUniform(target: Tensor, gain = Math.sqrt(1 / 3)): Tensor {
  checkAll('init.kaimingUniform', { target: [target, singles], gain: [gain, aNumber] });
  return uniform(target, gain * Math.sqrt(3 / fans(target.shape).fanIn));
}

/**
 * Kaiming-normal (He et al. 2015): deviation = gain / √fan. The fan of the inputs keeps the variance on the way
 * forward, that of the outputs on the way back. The default gain is that of ReLU.
 * @example
 * ```ts
 * const layer = new nn.Conv2d(gpu, 3, 16, 3);
 * nn.init.kaimingNormal(layer.weight, 'fanOut'); // as torchvision's ResNets
 * ```
 */
export function kaimingNormal(target: Tensor, mode: 'fanIn' | 'fanOut' = 'fanIn', gain = Math.SQRT2): Tensor {
  checkAll('init.kaimingNormal', {
    target: [target, singles],
    mode: [mode, oneOf('fanIn', 'fanOut')],
    gain: [gain, aNumber],
  });
  return normal(target, gain / Math.sqrt(fans(target.shape)[mode]));
}

/**
 * Xavier-uniform (Glorot & Bengio 2010): bound = gain · √(6 / (fanIn + fanOut)).
 * @example
 * ```ts
 * const layer = new nn.Linear(gpu, 32, 64);
 * nn.init.xavierUniform(layer.weight);
 * ```
 */
export function xavierUniform(target: Tensor, gain = 1): Tensor {
  checkAll('init.xavierUniform', { target: [target, singles], gain: [gain, aNumber] });
  const { fanIn, fanOut } = fans(target.shape);
  return uniform(target, gain * Math.sqrt(6 / (fanIn + fanOut)));
}

/**
 * A trainable weight with PyTorch's default initialisation.
 * @example
 * ```ts
 * const weight = nn.init.weight(gpu, [8, 3, 3, 3]); // of a convolution of 3 channels into 8
 * weight.requiresGrad; // → true
 * ```
 */
export function weight(gpu: Gpu, shape: Shape): Tensor {
  checkAll('init.weight', { gpu: [gpu, aGpu], shape: [shape, numbers] });
  return kaimingUniform(gpu.empty(shape, { requiresGrad: true }));
}

/**
 * A trainable bias with PyTorch's default initialisation: uniform over ±1/√fanIn of its layer's weight.
 * @example
 * ```ts
 * const bias = nn.init.bias(gpu, [8, 3, 3, 3]); // within ±1/√27
 * bias.shape; // → [8]
 * ```
 */
export function bias(gpu: Gpu, weightShape: Shape): Tensor {
  checkAll('init.bias', { gpu: [gpu, aGpu], weightShape: [weightShape, numbers] });
  return uniform(gpu.empty([weightShape[0]], { requiresGrad: true }), 1 / Math.sqrt(fans(weightShape).fanIn));
}
