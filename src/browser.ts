import { browserHost } from '../runtime/host.browser';
import { openOn } from './open';

export * from './api';
export const openGpu = openOn(browserHost);
