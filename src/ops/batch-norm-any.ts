import { sizeOf } from '../tensor/shape';
import { affine, type BatchNormArgs, defineBatchNorm, running } from './batch-norm';
import { randn, sample } from './sample';

/**
 * `batchNorm2d` over all axes but that of the channels, whatever they are, as PyTorch's F.batch_norm.
 * @example
 * ```ts
 * ops.batchNorm(gpu.tensor([[1, 10], [3, 30]]), { training: true }); // → [[-1.0, -1.0], [1.0, 1.0]]
 * ```
 * @param x f32 of any rank from 2: [N, C], [N, C, L], [N, C, H, W] and so on
 * @throws ShapeError
 */
export const batchNorm = defineBatchNorm(
  'batchNorm',
  '[N,C], [N,C,L] or of more axes',
  (shape) => shape.length >= 2 || sizeOf(shape) === 0,
  () => [
    sample<BatchNormArgs>('training, rows', randn([6, 3]), { training: true, ...affine(3) }),
    sample<BatchNormArgs>('training, lines', randn([3, 2, 5]), {
      training: true,
      ...affine(2),
      ...running(2),
    }),
    sample<BatchNormArgs>('evaluation, rows', randn([4, 3]), { ...affine(3), ...running(3) }),
    sample<BatchNormArgs>('evaluation, volumes', randn([2, 3, 2, 1, 3]), { ...affine(3), ...running(3) }),
  ],
);
