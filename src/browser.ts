import { browserHost } from '../runtime/host.browser';
import { openOn } from './open';

export * from './api';
export * as data from './data/public';
export * as models from './nas/models';
export * as nas from './nas/public';
export * as training from './training/public';
export const openGpu = openOn(browserHost);
