import type { DeviceSet } from '../data/device-set';
import type { Module } from '../nn/module';
import { inSetOrder, type Split } from '../tasks/task';
import { evaluate } from './evaluate';
import type { Measure } from './stats';

/**
 * Mean loss and accuracy as the public programs of Le et al. test, which never leave training mode: `together` images,
 * in the order of their set, are normalised by their own statistics. The network's running statistics have followed them
 * then. Source: `evaluate` of lephuoccat/log-det-distance-NAS, NAS_FUSE.py and train_task_mnist.py.
 * @throws as `evaluate`
 */
export const evaluateTogether = (
  net: Module,
  images: DeviceSet,
  split: Split,
  together: number,
): Promise<Measure> => evaluate(net, images, inSetOrder(split), together, { mode: 'training' });
