import { knowSnippets } from '../../runtime/wgsl/imports';
import lanes from '../../shaders/snippets/lanes.wgsl';

knowSnippets({ lanes });

const MANY_ROWS = 4096;
const SHORT_ROW = 64;

/** How many threads of a workgroup of 64 share a row: one, or all where one for each row would leave the machine idle. */
export const lanesFor = (rows: number, length: number): 1 | 64 =>
  rows >= MANY_ROWS || length <= SHORT_ROW ? 1 : 64;
