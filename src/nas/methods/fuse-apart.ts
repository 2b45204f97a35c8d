import { fuseVariant } from './fuse-variant';

/**
 * FUSE whose candidates learn each from its own loss, on the same images side by side, and whose rounds are won as those of
 * 'fuse-own'. In a mixture they learn what the others leave over, and by themselves are worse (`taskgrad table agreement`
 * measures it).
 */
export const apartFuseMethod = fuseVariant('fuse-apart', 'FUSE apart', {
  survivor: 'own-loss',
  weightLoss: 'own',
});
