import { nodeHost } from '../runtime/host.node';
import { openOn } from './open';

export * from './api';
export const openGpu = openOn(nodeHost);
