import { expandImports } from './imports';
import { unrollLoops } from './unroll';

/** The WGSL that is compiled: with its imports, and marked loops written out. */
export const finalCode = (source: string): string => unrollLoops(expandImports(source));
