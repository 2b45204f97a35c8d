import bias from '../../shaders/snippets/bias.wgsl';
import exponential from '../../shaders/snippets/exponential.wgsl';
import index from '../../shaders/snippets/index.wgsl';
import math from '../../shaders/snippets/math.wgsl';
import nan from '../../shaders/snippets/nan.wgsl';
import philox from '../../shaders/snippets/philox.wgsl';
import product from '../../shaders/snippets/product.wgsl';
import runningSum from '../../shaders/snippets/running_sum.wgsl';
import texel from '../../shaders/snippets/texel.wgsl';
import toldEpilogue from '../../shaders/snippets/told_epilogue.wgsl';

/** What `//#import name` lines stand for. */
const snippets: Record<string, string> = {
  bias,
  exponential,
  index,
  math,
  nan,
  philox,
  product,
  running_sum: runningSum,
  texel,
  told_epilogue: toldEpilogue,
};

/** Has shaders import further snippets. The ops whose shaders do so say it: a page without them is without the snippets. */
export function knowSnippets(further: Readonly<Record<string, string>>): void {
  Object.assign(snippets, further);
}

/** Replaces each line `//#import name` by the snippet of that name in shaders/snippets. */
export function expandImports(source: string): string {
  return source.replace(/^\/\/#import (\w+)$/gm, (_, name: string) => {
    const snippet = snippets[name];
    if (snippet === undefined) throw new Error(`shader imports unknown snippet '${name}'`);
    return snippet;
  });
}
