import { fuseVariant } from './fuse-variant';

/**
 * The same, and each candidate's weights learn from its own loss, on the same images side by side. In a mixture they learn
 * what the others leave over, and by themselves are worse (`taskgrad table agreement` measures it).
 */
export const apartFuseMethod = fuseVariant('fuse-apart', 'FUSE apart', {
  survivor: 'own-loss',
  weightLoss: 'own',
});
