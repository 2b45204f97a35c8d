import { fuseVariant } from './fuse-variant';

/**
 * FUSE whose rounds are won by the lowest validation loss of a candidate by itself. α is a weight in a sum: it asks who adds
 * to the others, not who is best.
 */
export const ownFuseMethod = fuseVariant('fuse-own', 'FUSE by own loss', { survivor: 'own-loss' });
