import { fuseVariant } from './fuse-variant';

/**
 * FUSE whose rounds are won by the lowest validation loss of a candidate by itself. α is a weight in a sum: it prefers what
 * adds to the others, and who speaks loudly, not who is best (`taskgrad table agreement` measures it).
 */
export const ownFuseMethod = fuseVariant('fuse-own', 'FUSE by own loss', { survivor: 'own-loss' });
