import { nodeHost } from '../runtime/host.node';
import { openOn } from './open';

export * from './api';
export * as data from './data/public.node';
export * as nas from './nas/public.node';
export * as training from './training/public.node';
export const openGpu = openOn(nodeHost);
