import { expandImports } from './imports';
import { filled } from './regions';
import { unrollLoops } from './unroll';

/** The WGSL that is compiled: with its regions filled, its imports, and marked loops written out. */
export const finalCode = (source: string): string => unrollLoops(expandImports(filled(source)));
