import { TaskgradError } from '../../../runtime/errors';
import { dartsMethod } from './darts';
import { evolutionMethod } from './evolution';
import { fuseMethod } from './fuse';
import { apartFuseMethod } from './fuse-apart';
import { ownFuseMethod } from './fuse-own';
import { warmFuseMethod } from './fuse-warm';
import type { SearchMethod } from './method';
import { randomMethod } from './random-search';

/** One row a method. The command line, the presets, the results and the report walk it in this order. */
export const SEARCH_METHODS = [
  fuseMethod,
  randomMethod,
  dartsMethod,
  evolutionMethod,
  warmFuseMethod,
  ownFuseMethod,
  apartFuseMethod,
] as const satisfies readonly SearchMethod[];

/** A search method's name. */
export type SearchMethodName = (typeof SEARCH_METHODS)[number]['name'];

export const SEARCH_METHOD_NAMES: readonly SearchMethodName[] = SEARCH_METHODS.map(({ name }) => name);

/** @throws TaskgradError `SEARCH_OPTION` on an unknown method */
export function searchMethod(wanted: SearchMethodName): SearchMethod {
  const method: SearchMethod | undefined = SEARCH_METHODS.find(({ name }) => name === wanted);
  if (method) return method;
  throw new TaskgradError(
    'SEARCH_OPTION',
    `search: unknown method '${wanted}'; known are ${SEARCH_METHOD_NAMES.join(', ')}`,
  );
}
