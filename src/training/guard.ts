import { DeviceImages } from '../data/device-set';
import { aModule } from '../nn/module';
import { Optimizer } from '../optim/optimizer';
import { aSplit } from '../tasks/task';
import { kind } from '../tensor/guard';

export const anOptimizer = kind(
  'an optimiser, such as new optim.Adam(…)',
  (value) => value instanceof Optimizer,
);
export const deviceImages = kind(
  'images on the GPU: new data.DeviceImages(gpu, set, { mean, std })',
  (value) => value instanceof DeviceImages,
);
export { aModule, aSplit };
