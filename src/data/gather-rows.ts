import type { Kernel } from '../../runtime/kernel';
import { tagged } from '../../runtime/tags';
import type { Varying } from '../../runtime/varying';
import source from '../../shaders/gather_rows.wgsl';
import type { Tensor } from '../tensor/tensor';
import type { Order } from './device-set';

const kernel: Kernel = { name: 'gatherRows', source };

/**
 * Rows of a table [N, width] f32 that stand in an order from `start` on, and the labels there.
 * @param into rows of `width` values, and as many labels
 */
export function gatherRows(
  table: Tensor,
  order: Pick<Order, 'indices' | 'labels'>,
  start: Varying,
  into: { readonly rows: Tensor; readonly labels: Tensor },
): void {
  const { rows, labels } = into;
  tagged('batch', { phase: 'data', op: 'batch' }, () =>
    table.gpu.kernels.run(kernel, {
      outputs: [rows, labels],
      inputs: [table, order.indices, order.labels],
      uniforms: { count: rows.size, start, batch: labels.size, width: table.shape[1] },
      groups: Math.ceil(rows.size / 64),
      bytes: rows.size * 8 + labels.size * 12,
    }),
  );
}
