import adaptive from '../../shaders/snippets/adaptive.wgsl';
import attention from '../../shaders/snippets/attention.wgsl';
import best from '../../shaders/snippets/best.wgsl';
import bias from '../../shaders/snippets/bias.wgsl';
import border from '../../shaders/snippets/border.wgsl';
import epilogue from '../../shaders/snippets/epilogue.wgsl';
import exponential from '../../shaders/snippets/exponential.wgsl';
import index from '../../shaders/snippets/index.wgsl';
import math from '../../shaders/snippets/math.wgsl';
import moments from '../../shaders/snippets/moments.wgsl';
import nan from '../../shaders/snippets/nan.wgsl';
import philox from '../../shaders/snippets/philox.wgsl';
import product from '../../shaders/snippets/product.wgsl';
import resize from '../../shaders/snippets/resize.wgsl';
import runningSum from '../../shaders/snippets/running_sum.wgsl';
import statistics from '../../shaders/snippets/statistics.wgsl';
import strip from '../../shaders/snippets/strip.wgsl';
import texel from '../../shaders/snippets/texel.wgsl';

const SNIPPETS: Readonly<Record<string, string>> = {
  adaptive,
  attention,
  best,
  bias,
  border,
  epilogue,
  exponential,
  index,
  math,
  moments,
  nan,
  philox,
  product,
  resize,
  running_sum: runningSum,
  statistics,
  strip,
  texel,
};

/** Replaces each line `//#import name` by the snippet of that name in shaders/snippets. */
export function expandImports(source: string): string {
  return source.replace(/^\/\/#import (\w+)$/gm, (_, name: string) => {
    const snippet = SNIPPETS[name];
    if (snippet === undefined) throw new Error(`shader imports unknown snippet '${name}'`);
    return snippet;
  });
}
