import index from '../shaders/snippets/index.wgsl';
import math from '../shaders/snippets/math.wgsl';
import nan from '../shaders/snippets/nan.wgsl';
import philox from '../shaders/snippets/philox.wgsl';

const SNIPPETS: Readonly<Record<string, string>> = { index, math, nan, philox };

/** Replaces each line `//#import name` by the snippet of that name in shaders/snippets. */
export function expandImports(source: string): string {
  return source.replace(/^\/\/#import (\w+)$/gm, (_, name: string) => {
    const snippet = SNIPPETS[name];
    if (snippet === undefined) throw new Error(`shader imports unknown snippet '${name}'`);
    return snippet;
  });
}
