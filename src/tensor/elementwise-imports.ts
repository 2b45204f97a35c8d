import exponential from '../../shaders/snippets/exponential.wgsl';
import math from '../../shaders/snippets/math.wgsl';
import nan from '../../shaders/snippets/nan.wgsl';

const functionsOf = (source: string) => [...source.matchAll(/^fn (\w+)/gm)].map(([, name]) => name);
/** Each builds on those before it. */
const SNIPPETS = Object.entries({ nan, exponential, math }).map(([name, source]) => ({
  name,
  call: new RegExp(`\\b(?:${functionsOf(source).join('|')})\\(`),
}));

/** Imports of the snippets whose functions the expressions call. A kernel that needs none compiles sooner without. */
export function importsFor(expressions: readonly string[]): string {
  const last = SNIPPETS.findLastIndex(({ call }) => expressions.some((wgsl) => call.test(wgsl)));
  return SNIPPETS.slice(0, last + 1)
    .map(({ name }) => `//#import ${name}`)
    .join('\n');
}
