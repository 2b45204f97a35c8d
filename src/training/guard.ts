import { aDeviceSet as deviceSet } from '../data/device-set';
import { aModule } from '../nn/module';
import { Optimizer } from '../optim/optimizer';
import { aSplit } from '../tasks/task';
import { aFunction, anObject, type Check, kind } from '../tensor/guard';

export const anOptimizer = kind(
  'an optimiser, such as new optim.Adam(…)',
  (value) => value instanceof Optimizer,
);
/** Functions by name. */
export const someMetrics: Check = (call, name, value) => {
  anObject(call, name, value);
  for (const [own, metric] of Object.entries(value as object)) aFunction(call, `${name}.${own}`, metric);
};
export { aModule, aSplit, deviceSet };
